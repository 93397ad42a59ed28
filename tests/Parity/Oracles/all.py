"""Writes every data file anew."""
import pathlib
import runpy

for script in ("ppo", "policy_gradient", "acer", "gradients", "recurrent", "images", "optimizers", "distributions", "squashed_gaussian", "q_learning", "dqn", "td3", "sac", "trpo", "acktr", "evaluation", "logged"):
    runpy.run_path(str(pathlib.Path(__file__).with_name(f"{script}.py")))
