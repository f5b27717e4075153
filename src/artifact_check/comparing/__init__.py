"""Does a headshot still look like its owner? One headshot against ordinary photos of the same person.

`likeness.py` says how far the whole face is from the photos, `traits.py` and `features/` what changed, `marks.py` which
moles are lost or new; `spread.py` holds how much each varies between untouched photos of one person. Nothing is stored,
and a face's numbers never leave this package: results hold distances and sentences only.
"""
