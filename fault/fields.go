package fault

// Fields collects what is wrong with the members of a request, so that all mistakes are
// reported together.
type Fields []Field

// Add adds a mistake; see Field.
func (f *Fields) Add(name, detail string) { *f = append(*f, Field{name, detail}) }

// Invalid returns an Invalid fault with all mistakes, or nil when there are none.
func (f Fields) Invalid(op string) error {
	if len(f) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Op: op, Detail: "The request is not valid.", Fields: f}
}
