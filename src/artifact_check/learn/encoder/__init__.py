"""A labelled folder -> the weights of a learned encoder (`face/encoder.py`), a small student of a large teacher.

`crops.py` launders photos and cuts faces out, `teacher.py` and `targets.py` say what the student is to predict of each
patch, `network.py` and `student.py` train it in PyTorch, which nothing else needs, and `train.py` runs them all.
"""
