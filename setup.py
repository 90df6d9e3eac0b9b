"""Only what pyproject.toml cannot say: the pages of docs/ travel inside the package, so that `explain` has them."""

from setuptools import find_packages, setup

setup(packages=[*find_packages("src"), "parityline.pages"], package_dir={"": "src", "parityline.pages": "docs"})
