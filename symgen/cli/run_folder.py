"""The folder that a training run leaves behind: settings, history, weights, pictures, numbers."""

import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import symgen
from symgen.errors import FileFormatError, MissingFileError, SettingsError
from symgen.files import ensure_folder, write_json

_LATENT_SAMPLES = 10  # draws of the latent variables for each evaluated example


class RunFolder:
    """Paths and files of one run.

    Parameters
    ----------
    path : str or Path
        An existing run folder; :meth:`create` makes a new one.
    """

    def __init__(self, path):
        self.path = Path(path)

    @classmethod
    def create(cls, out, model, data):
        """Make the folder `out`, or the first free ``runs/MODEL-DATA-NUMBER`` when it is None.

        Raises
        ------
        SettingsError
            When `out` holds a run already.
        OutputError
            When the folder cannot be made.
        """
        if out is None:
            name, number = f"{model}-{Path(data).stem}", 1
            while (Path("runs") / f"{name}-{number}").exists():
                number += 1
            out = Path("runs") / f"{name}-{number}"
        folder = cls(out)
        if (folder / "config.json").exists():
            raise SettingsError(
                "a folder without a run in it",
                f"{folder}, which holds one",
                f"Go on with it (--resume {folder}) or choose another folder.",
            )
        ensure_folder(folder.path)
        return folder

    def remove_if_empty(self):
        """Take the folder away again when nothing was written into it."""
        if self.path.is_dir() and not any(self.path.iterdir()):
            self.path.rmdir()

    def __truediv__(self, name):
        return self.path / name

    def __str__(self):
        return str(self.path)

    def read_config(self):
        """The run's ``config.json``.

        Raises
        ------
        MissingFileError, FileFormatError
            When it is absent or damaged.
        """
        path = self / "config.json"
        try:
            config = json.loads(path.read_text(encoding="utf-8"))
            config["settings"]["model"]
        except (FileNotFoundError, NotADirectoryError) as error:
            raise MissingFileError(
                "a run folder with a config.json", f"none in {self}", "Check the folder's name."
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise FileFormatError(
                f"{path} to be the settings of a run", f"{error}", "Begin a new run."
            ) from error
        return config

    def write_config(self, settings, model, data, backend):
        """Write ``config.json``: settings, model, dataset with its hash, backend, versions."""
        write_json(
            self / "config.json",
            {
                "settings": settings,
                "model": {"name": model.name, **model.settings},
                "dataset": data.describe(),
                "backend": backend,
                "versions": {
                    "symgen": symgen.__version__,
                    "python": platform.python_version(),
                    **{name: version(name) for name in ("pytensor", "numpy", "scipy")},
                },
                "command": sys.argv,
            },
        )

    def write_results(self, run, model, data, where, contexts):
        """Write weights, numbers and pictures of a finished run; return a summary for a person.

        `where` holds the backend and the device that compute the numbers, `contexts` the context
        of each split for a conditional model.
        """
        from symgen.cli.pictures import write_pictures
        from symgen.models.weights import save_weights

        save_weights(model, self / "weights.safetensors")
        split = next(name for name in ("test", "valid", "train") if name in data.splits)
        numbers, summary = self._evaluate(run, model, data, where, split, contexts.get(split))
        numbers["epochs"] = run.finished
        numbers["seconds"] = round(run.seconds, 3)
        numbers["seconds_to_first_step"] = round(run.seconds_to_first_step, 3)
        numbers["last_epoch"] = run.history[-1]
        write_json(self / "results.json", numbers)
        write_pictures(self, run, model, data, split, numbers["unit"], contexts.get(split))
        return summary

    def _evaluate(self, run, model, data, where, split, context):
        """(numbers, summary): what is known of the model on held-out data, if anything."""
        from symgen.evaluation import evaluate
        from symgen.training.progress import rounded

        known = {
            "dataset": data.name,
            "split": split,
            "dataset_hash": data.hash,
            "binarization": data.binarization,
        }
        if not hasattr(model, "example_terms"):
            values = ", ".join(f"{name} {run.history[-1][f'train_{name}']:.3f}" for name in run.losses)
            summary = f"{values} on the training data; {type(model).__name__} has no likelihood: look at its samples"
            return {"metric": None, "unit": "nats per example" if model.in_nats else "", **known}, summary
        result = evaluate(
            model,
            data.splits[split],
            context=context,
            n_samples=_LATENT_SAMPLES,
            seed=run.seed,
            **where,
            **known,
        )
        terms = ", ".join(f"{name} {rounded(value)}" for name, value in result.terms.items())
        terms = f" ({terms})" if len(result.terms) > 1 else ""
        summary = (
            f"{result.metric} {result.with_error(2 if abs(result.value) >= 1 else 4)} {result.unit}"
            f"{terms} on {result.n} {split} examples of {data.name}"
        )
        return result.as_dict(), summary
