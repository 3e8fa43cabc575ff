"""All metadata is in setup.cfg; this file only lets older installers find it."""
from setuptools import setup

setup()
