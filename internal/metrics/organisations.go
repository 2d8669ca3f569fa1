package metrics

import "context"

// Organisations is the set of the gauge of organisations' settings files. Read counts them by a word for their state.
func Organisations(read func(context.Context) (map[string]int, error)) Set {
	return Gauges("lintel_organisation_files",
		"Organisations' settings files by state (in force, in waves, stopped, rolled back, not valid, not read, none).", []string{"state"},
		func(ctx context.Context) (all []Sample, err error) {
			counts, err := read(ctx)
			for word, n := range counts {
				all = append(all, Sample{Labels: []string{word}, Value: float64(n)})
			}
			return all, err
		})
}
