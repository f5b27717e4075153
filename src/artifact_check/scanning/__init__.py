"""Many photos: worker processes, a cluster, and a store of what was found."""
