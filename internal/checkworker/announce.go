package checkworker

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"
)

// toolMark is the name of the mark with the digests that workers said of a tool of their machines.
func toolMark(tool string) string { return "checks-tool:" + tool }

const (
	// announcedFor is how long a digest stands that a worker said once: it may be gone, or upgraded by another process.
	announcedFor = time.Hour
	// sayAgain is when a worker says it again.
	sayAgain = 20 * time.Minute
)

// announcement is a digest that a worker said, and when.
type announcement struct {
	Digest string    `json:"digest"`
	At     time.Time `json:"at"`
}

// digests reads what workers said. What cannot be read is nothing: the next word of a worker stands for it.
func digests(mark string) (all []announcement) {
	if json.Unmarshal([]byte(mark), &all) != nil {
		return nil
	}
	return all
}

// chosen is the digest by which results are looked for: of those that stand the first in order, so that workers with
// different versions do not take turns, and without any the last that was said.
func chosen(all []announcement, now time.Time) string {
	standing := slices.DeleteFunc(slices.Clone(all), func(s announcement) bool { return now.Sub(s.At) > announcedFor })
	if len(standing) > 0 {
		return slices.MinFunc(standing, func(a, b announcement) int { return cmp.Compare(a.Digest, b.Digest) }).Digest
	}
	if len(all) == 0 {
		return ""
	}
	return slices.MaxFunc(all, func(a, b announcement) int { return a.At.Compare(b.At) }).Digest
}

// saying is what a mark should hold when a worker with a digest, which said another one before, says its own; false where
// it stands there already.
func saying(all []announcement, digest, before string, now time.Time) ([]announcement, bool) {
	i := slices.IndexFunc(all, func(s announcement) bool { return s.Digest == digest })
	if i >= 0 && now.Sub(all[i].At) < sayAgain && (before == "" || before == digest) {
		return all, false
	}
	all = slices.DeleteFunc(slices.Clone(all), func(s announcement) bool {
		return s.Digest == digest || s.Digest == before || now.Sub(s.At) > announcedFor
	})
	return append(all, announcement{digest, now.UTC()}), true
}

// announce writes down the digests of this machine's tools, by which the server finds results of them. Two workers that
// do so at one moment lose a word, which is said again.
func (p *process) announce(ctx context.Context) error {
	for tool := range p.machine.Host.Places {
		digest, err := p.machine.Host.Digest(ctx, tool, "")
		if err != nil {
			return err
		}
		mark, err := p.store.Mark(ctx, toolMark(tool))
		if err != nil {
			return err
		}
		all, news := saying(digests(mark), digest, p.announced[tool], p.place.Now())
		if !news {
			continue
		}
		text, err := json.Marshal(all)
		if err == nil {
			err = p.store.SetMark(ctx, toolMark(tool), string(text))
		}
		if err != nil {
			return err
		}
		if p.announced[tool] = digest; len(all) > 1 {
			p.log.WarnContext(ctx,
				"workers have different versions of a tool: results of one of them alone are kept for other changes", "tool", tool,
				"versions", len(all))
		}
	}
	return nil
}

// announcing does so again and again: tools are upgraded while a worker runs.
func (p *process) announcing(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := p.announce(ctx); err != nil && ctx.Err() == nil {
			p.log.WarnContext(ctx, "the digests of tools could not be written down", "error", err.Error())
		}
	}
}

// Announced gives the digest of a tool that workers said, or of the image that it is in. What no worker has is empty: the
// run says that the machine does not have it.
func Announced(record interface {
	Mark(ctx context.Context, name string) (string, error)
}, now func() time.Time,
) func(ctx context.Context, tool, image string) (string, error) {
	return func(ctx context.Context, tool, image string) (string, error) {
		if image != "" {
			return image, nil // it is named by its digest
		}
		mark, err := record.Mark(ctx, toolMark(tool))
		return chosen(digests(mark), now()), err
	}
}
