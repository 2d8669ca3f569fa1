package effect

// Posted is an effect with what became of it.
type Posted struct {
	Effect Effect
	// Receipt is nil while it is not known to have been carried out.
	Receipt *Receipt
}

// Pending is an effect that has no receipt.
type Pending struct {
	Effect Effect
	// Tried is true when a call for it may have reached the forge before: then the remote is searched first.
	Tried bool
	// Superseded is true when a newer effect for the same check, comment or inline comment exists: carrying it out
	// would put an older verdict over a newer one.
	Superseded bool
}
