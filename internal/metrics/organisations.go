package metrics

import "context"

// Organisations is the set of the gauge of organisations' settings files. Read counts them by a word for their state.
func Organisations(read func(context.Context) (map[string]int, error)) Set {
	return Gauges("lintel_organisation_files",
		"Organisations whose settings file the server has read: in force, in waves, stopped, rolled back, not valid, not read and "+
			"none. Watch not valid, not read and stopped: an older version holds then.", []string{"state"},
		func(ctx context.Context) (all []Sample, err error) {
			counts, err := read(ctx)
			for word, n := range counts {
				all = append(all, Sample{Labels: []string{word}, Value: float64(n)})
			}
			return all, err
		})
}
