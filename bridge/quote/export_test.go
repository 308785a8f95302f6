package quote

// For the fuzz target.
var (
	ReadPrice   = readPrice
	ReadRefusal = readRefusal
)
