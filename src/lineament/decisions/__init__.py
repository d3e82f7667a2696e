"""Match rules, calibration, decisions."""
