"""Pictures of a run: arrays and records in, PNG files out. Importing it loads matplotlib."""

from symgen.reporting.curves import save_bound_curve, save_loss_curve
from symgen.reporting.density import save_density
from symgen.reporting.images import (
    image_grid,
    save_image_grid,
    save_reconstructions,
    save_samples,
)
from symgen.reporting.latent import save_latent_map
from symgen.reporting.points import save_profiles, save_scatter

__all__ = [
    "image_grid",
    "save_bound_curve",
    "save_density",
    "save_image_grid",
    "save_latent_map",
    "save_loss_curve",
    "save_profiles",
    "save_reconstructions",
    "save_samples",
    "save_scatter",
]
