"""One file a paper or data set: trains, evaluates, and sets our figures beside the published ones."""
