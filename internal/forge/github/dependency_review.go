package github

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/lintel-review/lintel/internal/change"
)

// reviewPages is how many pages of a dependency review are read at most, of 100 packages each.
const reviewPages = 30

// reviewedPackage is one entry of GitHub's dependency review.
type reviewedPackage struct {
	ChangeType      string  `json:"change_type"`
	Manifest        string  `json:"manifest"`
	Ecosystem       string  `json:"ecosystem"`
	Name            string  `json:"name"`
	Version         string  `json:"version"`
	License         *string `json:"license"`
	Vulnerabilities []struct {
		Severity string `json:"severity"`
		ID       string `json:"advisory_ghsa_id"`
		Summary  string `json:"advisory_summary"`
	} `json:"vulnerabilities"`
}

// readDependencyReview reads GitHub's dependency review, when the settings ask for it and a manifest changed. A repository
// that has none is no error: what was not read is said in the review itself.
func (rd *reading) readDependencyReview(ctx context.Context) error {
	if rd.WantsReview == nil {
		return nil
	}
	rd.mu.Lock()
	gaps := slices.Clone(rd.s.Gaps)
	rd.mu.Unlock()
	if !rd.WantsReview(rd.s.Files, rd.s.Controls, gaps) {
		return nil
	}
	key := compareKey{rd.r.RepoID, rd.s.MergeBase, rd.s.Head.SHA}
	review, ok := rd.reviews.get(key)
	if !ok {
		var err error
		if review, err = rd.dependencyReview(ctx); err != nil {
			return err
		}
		if review.Problem == "" {
			rd.reviews.put(key, review)
		}
	}
	rd.mu.Lock()
	defer rd.mu.Unlock()
	rd.s.Review = review
	return nil
}

func (rd *reading) dependencyReview(ctx context.Context) (*change.DependencyReview, error) {
	review := &change.DependencyReview{Entries: []change.ReviewedPackage{}}
	client := rd.installation(rd.r.Connection)
	doing := "read the dependency review of " + rd.s.Ref.String()
	for page := 1; page > 0; {
		if page > reviewPages {
			review.Warning = fmt.Sprintf("only its first %d pages were read", reviewPages)
			break
		}
		request, err := client.NewRequest(http.MethodGet, fmt.Sprintf("repos/%s/%s/dependency-graph/compare/%s...%s?per_page=100&page=%d",
			rd.r.Owner, rd.r.Name, rd.s.MergeBase, rd.s.Head.SHA, page), nil)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", doing, err)
		}
		var entries []reviewedPackage
		response, err := client.Do(ctx, request, &entries)
		if r := responded(err); r != nil && byGitHub(r) { //nolint:bodyclose // the client has read and closed it
			if why := noReview(r.StatusCode); why != "" && !isLimit(rd.answer(doing, err)) {
				return &change.DependencyReview{Problem: why, Entries: []change.ReviewedPackage{}}, nil
			}
		}
		if err != nil {
			return nil, rd.answer(doing, err)
		}
		if entries == nil {
			return nil, emptyAnswer(doing) // GitHub writes [] where there is nothing
		}
		for _, e := range entries {
			review.Entries = append(review.Entries, e.toChange())
		}
		// The header tells, in base64, which manifests GitHub could not read.
		if text, err := base64.StdEncoding.DecodeString(response.Header.Get("X-GitHub-Dependency-Graph-Snapshot-Warnings")); err == nil &&
			len(text) > 0 && review.Warning == "" {
			review.Warning = string(text)
		}
		page = response.NextPage
	}
	return review, nil
}

// isLimit reports whether a refusal is about how often was asked, and ends by itself.
func isLimit(err error) bool {
	var limited *change.Limited
	return errors.As(err, &limited)
}

// noReview says why a repository has no dependency review; empty for answers that say something else.
func noReview(status int) string {
	switch status {
	case http.StatusForbidden:
		return "the dependency graph is off, or a private repository has no licence for it"
	case http.StatusNotFound:
		return "there is none for this repository, or this server has no dependency graph"
	}
	return ""
}

func (p reviewedPackage) toChange() change.ReviewedPackage {
	out := change.ReviewedPackage{
		Added: p.ChangeType == "added", Ecosystem: p.Ecosystem, Name: p.Name, Version: p.Version, Manifest: p.Manifest,
	}
	if p.License != nil {
		out.Licence = *p.License
	}
	for _, v := range p.Vulnerabilities {
		out.Vulnerabilities = append(out.Vulnerabilities, change.ReviewedVulnerability{ID: v.ID, Severity: v.Severity, Summary: v.Summary})
	}
	return out
}
