package store

// Steps lists the migrations by name.
func Steps() ([]string, error) {
	all, err := steps()
	var names []string
	for _, s := range all {
		names = append(names, s.name)
	}
	return names, err
}

// Observe calls note with every statement that runs from now on, and its arguments.
func (s *Store) Observe(note func(text string, args []any)) { s.db.Observe(note) }
