"""Exploring: every outcome that a program can have, and a schedule that leads to it."""

from ttvm.explore.exploring import Exploration, Progress, explore
from ttvm.explore.options import Options
from ttvm.explore.report import Finding, Report

__all__ = ["Exploration", "Finding", "Options", "Progress", "Report", "explore"]
