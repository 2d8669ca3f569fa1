package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/zricethezav/gitleaks/v8/detect"

	"github.com/lintel-review/lintel/internal/secrets"
)

// gitleaksMay is the processor time that gitleaks gets for one diff: all of 50 MB would take it more than a minute.
const gitleaksMay = 5 * time.Second

// secretsBeside gives our matcher and gitleaks' the same diffs, file by file, each on one core. The clock is
// the processor's, so that a busy machine changes little.
func secretsBeside(ctx context.Context, b *bench) error {
	theirs, err := detect.NewDetectorDefaultConfig()
	if err != nil {
		return fmt.Errorf("make gitleaks' detector: %w", err)
	}
	theirs.MaxDecodeDepth = 2 // as ours
	var ours secrets.Detector
	// Both compile their rules when they first need them.
	warm := patches(100_000)
	if err := secretsRead(&ours, warm); err != nil {
		return err
	}
	for _, p := range warm {
		theirs.DetectString(p)
	}
	sizes := []int{5e6, 50e6}
	for _, size := range sizes[:b.size(2, 1)] {
		all := patches(size)
		start := processor()
		if err := secretsRead(&ours, all); err != nil {
			return err
		}
		mine := float64(length(all)) / 1e6 / (processor() - start).Seconds()
		read, began := 0, processor()
		for _, p := range all {
			theirs.DetectString(p)
			read += len(p)
			if processor()-began > gitleaksMay || ctx.Err() != nil {
				break
			}
		}
		other := float64(read) / 1e6 / (processor() - began).Seconds()
		b.table.add(row{
			What:     fmt.Sprintf("secrets in %d MB of diffs, %s files", size/1e6, grouped(len(all))),
			Measured: fmt.Sprintf("%.1f MB/s of CPU, %.0f times gitleaks", mine, mine/other),
			Bar:      ">= 5 times gitleaks",
			Verdict:  judge(mine >= 5*other),
			Peer:     fmt.Sprintf("gitleaks v8 %.1f MB/s (it read %.1f MB)", other, float64(read)/1e6),
			Values:   map[string]float64{"mb_per_s": mine, "gitleaks_mb_per_s": other, "gitleaks_read_mb": float64(read) / 1e6},
		})
	}
	return ctx.Err()
}

func secretsRead(d *secrets.Detector, all []string) error {
	for _, p := range all {
		if _, err := d.Find(p); err != nil {
			return fmt.Errorf("find secrets in a diff: %w", err)
		}
	}
	return nil
}

// patches are diffs of usual files, one text a file, that make up so many bytes.
func patches(size int) []string {
	var out []string
	for n := 0; size > 0; n++ {
		_, p := edit(n).file(n)
		// A file that is new is added whole, which is half of what is read in practice.
		if n%2 == 1 {
			p = "+" + strings.ReplaceAll(edit(n).after, "\n", "\n+")
		}
		out, size = append(out, p), size-len(p)
	}
	return out
}

func length(all []string) (n int) {
	for _, p := range all {
		n += len(p)
	}
	return n
}
