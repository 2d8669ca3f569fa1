package web

import (
	"context"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/policy"
)

// No part of the web is made without what it needs, and the error names what is missing.
func TestPartsNameWhatIsMissing(t *testing.T) {
	s := newScene(t)
	run := func(context.Context) error { return nil }
	pages := func(change func(*PageOptions)) func() error {
		return func() error {
			o := PageOptions{
				Record:     s.Store,
				Capability: s.Pages.o.Capability,
				Families:   s.Pages.o.Families,
				Rules:      s.Pages.o.Rules,
				Log:        s.Pages.o.Log,
				Now:        s.Pages.o.Now,
			}
			change(&o)
			_, err := NewPages(o)
			return err
		}
	}
	health := func(c Check) func() error {
		return func() error {
			_, err := NewHealth(s.Pages.o.Log, s.Pages.o.Now, c)
			return err
		}
	}
	for missing, make := range map[string]func() error{
		"the record":      pages(func(o *PageOptions) { o.Record = nil }),
		"the key":         pages(func(o *PageOptions) { o.Capability = Capability{} }),
		"the rules":       pages(func(o *PageOptions) { o.Rules = nil }),
		"the rules that":  pages(func(o *PageOptions) { o.Families = []policy.Family{} }),
		"the record, the": pages(func(o *PageOptions) { o.Log = nil }),
		"the clock":       pages(func(o *PageOptions) { o.Now = nil }),
		"the board":       func() error { _, err := NewOverview(nil, nil, nil); return err },
		"the log and the": func() error {
			_, err := NewHealth(nil, s.Pages.o.Now)
			return err
		},
		"and the clock": func() error {
			_, err := NewHealth(s.Pages.o.Log, nil)
			return err
		},
		"a name":     health(Check{Run: run, Remedy: "wait"}),
		"a function": health(Check{Name: "disk", Remedy: "wait"}),
		"a remedy":   health(Check{Name: "disk", Run: run}),
	} {
		if err := make(); err == nil || !strings.Contains(err.Error(), missing) {
			t.Errorf("without %s: %v", missing, err)
		}
	}
	if err := pages(func(*PageOptions) {})(); err != nil {
		t.Error(err)
	}
	if err := health(Check{Name: "disk", Run: run, Remedy: "wait"})(); err != nil {
		t.Error(err)
	}
}
