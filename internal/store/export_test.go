package store

import (
	"context"
	"errors"
)

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

// WalkOnce is the part of Prune that walks through one table, with one look instead of many.
func (s *Store) WalkOnce(ctx context.Context, keep Retention, table string) (int64, error) {
	for _, w := range walks(keep) {
		if w.table == table {
			return s.walk(ctx, w, 1)
		}
	}
	return 0, errors.New("no walk through " + table)
}
