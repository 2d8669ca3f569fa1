package main

import (
	"context"
	"fmt"
	"os"

	"github.com/lintel-review/lintel/cmd/bench/weight"
)

// weigh says what the program weighs as it is released, and what each addition has part in it.
func weigh(ctx context.Context, b *bench) error {
	program, err := b.build(ctx)
	if err != nil {
		return err
	}
	file, err := os.Stat(program)
	if err != nil {
		return fmt.Errorf("weigh the program: %w", err)
	}
	base, parts, err := weight.Of(ctx, b.dir, file.Size())
	if err != nil {
		return err
	}
	r := row{
		What:     "built program, static and stripped",
		Measured: fmt.Sprintf("%s, %s without what was added", mb(file.Size()), mb(int64(base))),
		Bar:      "<= 52 MB and what was added",
		Verdict:  judge(base <= 52e6),
		Values:   map[string]float64{"mb": float64(file.Size()) / 1e6, "base_mb": base / 1e6},
	}
	for _, p := range parts {
		r.Values[p.What+"_mb"] = p.Bytes / 1e6
		r.Notes = append(r.Notes, fmt.Sprintf("%5.1f MB: %s", p.Bytes/1e6, p.What))
	}
	b.table.add(r)
	for _, p := range parts {
		if p.What == weight.Checks {
			b.table.add(row{What: "what checks in a sandbox add to the program", Measured: fmt.Sprintf("%.1f MB", p.Bytes/1e6),
				Bar: "<= 10 MB", Verdict: judge(p.Bytes <= 10e6), Values: map[string]float64{"mb": p.Bytes / 1e6}})
		}
	}
	return nil
}
