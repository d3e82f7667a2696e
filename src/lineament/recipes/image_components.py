"""The specs of what images are encoded and embedded by (see `lineament.recipes.components` for the others)."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from lineament.recipes.components import ENCODINGS, NETWORKS, Component, Discriminant, Spec


@ENCODINGS.register("image")
class ImageEncoding(Component):
    """An image of one size, grey or in colour; a region of it, and its contrast, where wanted."""

    name: Literal["image"] = "image"
    paper: ClassVar[str] = "003 §3.1 (region, contrast, size); its own steps are not published"
    colours: Literal["grey", "rgb"] = "grey"
    height: int = Field(70, ge=8, description="rows of what the network sees")
    width: int = Field(80, ge=8, description="columns of what the network sees")
    region: str = Field(
        "none",
        description="none: the whole image; hand, finger: located, laid straight, masked, local contrast normalised",
    )
    crop: float = Field(1.0, gt=0, le=1, description="share of each side that is kept, in the middle; without a region")
    contrast: Literal["none", "whole", "local", "imagenet"] = Field(
        "none",
        description="without a region. whole: each colour to mean 0 and deviation 1; local: so at every place; "
        "imagenet: by the means and deviations of ImageNet (paper 003 §4.2)",
    )
    sigma: float = Field(0.04, gt=0, description="width of the surroundings of local contrast, of the image's width")


class ImageHead(Spec):
    """How the map of features (C, H, W) that a backbone ends in becomes an embedding."""

    pooling: Literal["average", "gem"] = Field(
        "gem", description="average: the mean over all places; gem: generalised mean, its exponent learned"
    )
    dropout: float = Field(0.3, ge=0, lt=1, description="before the last layer")
    dim: int = Field(128, ge=1, description="embedding size; paper 003 has 128, 256, 384 and 512")


@NETWORKS.register("resnet50_cbam")
class ResNet50Cbam(Component, ImageHead):
    """ResNet-50 with convolutional block attention: paper 003's default; ImageNet weights by file."""

    name: Literal["resnet50_cbam"] = "resnet50_cbam"
    paper: ClassVar[str] = "003 §3.2.1, Table 2; He et al. 2016, Woo et al. 2018 (CBAM), Radenović et al. 2018 (GeM)"
    reduction: int = Field(16, ge=1, description="of the channels inside the channel attention")
    spatial_kernel: int = Field(7, ge=1, description="side of the spatial attention's convolution; odd")
    weights: str | None = Field(
        None,
        pattern=r"^[\w.-]+$",
        description="file of torchvision's resnet50 weights that training starts from (resnet50-11ad3fa6.pth), in "
        "torch's hub folder, where torchvision keeps it: ~/.cache/torch/hub/checkpoints or $TORCH_HOME",
    )


@NETWORKS.register("cnn")
class Cnn(Component, ImageHead):
    """Four blocks of convolution, batch norm and pooling: paper 003's plain CNN (its layers are not published)."""

    name: Literal["cnn"] = "cnn"
    paper: ClassVar[str] = "003 Table 2 (CNN); four layers as Radzi et al. 2016, which it cites"
    channels: tuple[int, ...] = Field((32, 64, 128, 256), min_length=1, description="of each block; halves the image")


class UNetShape(ImageHead):
    """Sizes of a U-Net."""

    base: int = Field(32, ge=1, description="channels at full size; they double from level to level")
    levels: int = Field(4, ge=1, description="how often the image is halved on the way down")


@NETWORKS.register("unet")
class UNet(Component, UNetShape):
    """U-Net whose full-size map of features is pooled: paper 003's "U-Net embedding"."""

    name: Literal["unet"] = "unet"
    paper: ClassVar[str] = "003 Table 2 (U-Net embedding); Ronneberger et al. 2015"


@NETWORKS.register("attention_unet")
class AttentionUNet(Component, UNetShape):
    """U-Net with attention gates on its skips, pooled: paper 003's second network."""

    name: Literal["attention_unet"] = "attention_unet"
    paper: ClassVar[str] = "003 Table 2 (Attention U-Net); Oktay et al. 2018"


@NETWORKS.register("small_residual")
class SmallResidual(Component):
    """Few residual stages and a head that keeps positions: trains in minutes on one core."""

    name: Literal["small_residual"] = "small_residual"
    paper: ClassVar[str] = "ours; residual blocks after He et al. 2016"
    channels: tuple[int, ...] = Field(
        (16, 32, 64, 128), min_length=2, description="of the first convolution, then of each stage; a stage halves"
    )
    stem_stride: int = Field(1, ge=1, le=2, description="of the first convolution; 2 costs a quarter of the time")
    grid: int = Field(4, ge=1, description="rows and columns into which the last map is averaged; 1: no positions")
    dropout: float = Field(0.2, ge=0, lt=1, description="before the last layer")
    dim: int = Field(128, ge=1)


@NETWORKS.register("oriented_lines")
class OrientedLines(Component, Discriminant):
    """How strongly dark lines run in each direction at each place, projected: fitted in closed form, in seconds."""

    name: Literal["oriented_lines"] = "oriented_lines"
    paper: ClassVar[str] = "ours; line filters as Freeman and Adelson 1991, within: Hatch et al. 2006 (WCCN)"
    orientations: int = Field(6, ge=1, description="directions, evenly spread over half a turn")
    widths: tuple[float, ...] = Field(
        (1.5,), min_length=1, description="standard deviations of the lines' profiles, in pixels of the encoded image"
    )
    pool: float = Field(2.0, gt=0, description="standard deviation of the averages over places, in pixels")
    step: int = Field(5, ge=1, description="pixels from one place to the next")
    bright: bool = Field(False, description="take bright lines too, beside the dark ones")
    root: bool = Field(False, description="take the square roots of the averages: strong lines drown weak ones less")
    shifts: tuple[int, ...] = Field(
        (0,), min_length=1, description="pixels across; an embedding is the mean of those of the image so shifted"
    )
    projection: Literal["lda", "within"] = "within"
    shrinkage: float = Field(0.05, ge=0, le=1)
    shrinkage_target: Literal["identity", "diagonal"] = "diagonal"
