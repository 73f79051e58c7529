"""A generated office to measure on."""
import subprocess


def make(hedui, folder, **options):
    """A new workspace in `folder` with generated extracts: `persons`, `seed`, and whatever else `hedui generate` knows."""
    subprocess.run([hedui, "init", "--no-sample", folder], check=True, stdout=subprocess.DEVNULL)
    flags = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    subprocess.run([hedui, "generate", *flags, "--out", folder / "sample_data"], check=True, stdout=subprocess.DEVNULL)
