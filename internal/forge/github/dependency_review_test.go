package github_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
)

// TestDependencyReview: GitHub's review is read when it is wanted, whole, and once for the same commits.
func TestDependencyReview(t *testing.T) {
	s := newShop(t, fakehub.Options{})
	r := s.changed(t, 1)
	review := fakehub.DependencyReview{Warning: "one manifest is too large"}
	for i := range 120 {
		review.Packages = append(review.Packages, fakehub.ReviewedPackage{
			Manifest: "package-lock.json", Ecosystem: "npm", Name: fmt.Sprintf("p%d", i), Version: "1.0.0", Licence: "MIT",
			Severity: "high", Advisory: "GHSA-1", AdvisorySummary: "Bad", Removed: i == 1,
		})
	}
	must(t, s.hub.SetDependencyReview("acme/shop", review))
	asked := func() (n int) {
		for _, x := range s.hub.Requests() {
			if strings.Contains(x.Path, "/dependency-graph/") {
				n++
			}
		}
		return n
	}
	snap, err := s.forge.Snapshot(t.Context(), r)
	must(t, err)
	if snap.Review != nil || asked() != 0 {
		t.Fatalf("without being wanted it was asked %d times", asked())
	}
	s.forge.WantsReview = func(files []diff.File, _ change.Controls, _ []change.Gap) bool { return len(files) > 0 }
	for range 2 {
		snap, err = s.forge.Snapshot(t.Context(), r)
		must(t, err)
	}
	if snap.Review == nil || len(snap.Review.Entries) != 120 || snap.Review.Warning != "one manifest is too large" || asked() != 2 {
		t.Fatalf("%+v after %d calls", snap.Review, asked())
	}
	want := change.ReviewedPackage{Added: true, Ecosystem: "npm", Name: "p0", Version: "1.0.0", Manifest: "package-lock.json",
		Licence: "MIT", Vulnerabilities: []change.ReviewedVulnerability{{ID: "GHSA-1", Severity: "high", Summary: "Bad"}}}
	if d := cmp.Diff(want, snap.Review.Entries[0]); d != "" || snap.Review.Entries[1].Added {
		t.Error(d)
	}
}

// TestNoDependencyReview: a repository without the dependency graph is no failure.
func TestNoDependencyReview(t *testing.T) {
	s := newShop(t, fakehub.Options{})
	s.forge.WantsReview = func([]diff.File, change.Controls, []change.Gap) bool { return true }
	snap, err := s.forge.Snapshot(t.Context(), s.changed(t, 1))
	must(t, err)
	if snap.Review == nil || !strings.HasPrefix(snap.Review.Problem, "the dependency graph is off") {
		t.Errorf("%+v", snap.Review)
	}
}
