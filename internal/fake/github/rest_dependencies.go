package github

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// DependencyReview is what the dependency graph of a repository says of every comparison. The fake reads no manifests.
type DependencyReview struct {
	Packages []ReviewedPackage
	// Warning is what GitHub could not read.
	Warning string
}

// ReviewedPackage is one package of a dependency review. Severity is empty for a package without a known vulnerability.
type ReviewedPackage struct {
	Removed                                     bool
	Manifest, Ecosystem, Name, Version, Licence string
	Severity, Advisory, AdvisorySummary         string
}

// SetDependencyReview switches the dependency graph of a repository on. Without it GitHub refuses the review.
func (h *Hub) SetDependencyReview(repo string, review DependencyReview) error {
	return h.locked(repo, func(r *repository) error {
		r.review = &review
		return nil
	})
}

// getDependencyReview answers like GitHub: 403 where the graph is off, 404 for commits that are not there.
func (h *Hub) getDependencyReview(c *call) (any, error) {
	review := c.repo.review
	if review == nil {
		return nil, fail(http.StatusForbidden,
			"Dependency review is not supported on this repository. Please ensure that Dependency graph is enabled.")
	}
	base, head, ok := strings.Cut(c.params["basehead"], "...")
	if !ok {
		return nil, errNotFound
	}
	for _, rev := range []string{base, head} {
		if _, err := c.repo.git.Commit(rev); err != nil {
			return nil, errNotFound
		}
	}
	page, per := c.paging()
	c.link(page, per, len(review.Packages))
	if review.Warning != "" {
		c.header.Set("X-GitHub-Dependency-Graph-Snapshot-Warnings", base64.StdEncoding.EncodeToString([]byte(review.Warning)))
	}
	part := review.Packages[min((page-1)*per, len(review.Packages)):min(page*per, len(review.Packages))]
	return list(part, func(p ReviewedPackage) any { return p.shape() }), nil
}

func (p ReviewedPackage) shape() object {
	out := object{"change_type": "added", "manifest": p.Manifest, "ecosystem": p.Ecosystem, "name": p.Name, "version": p.Version,
		"package_url": "pkg:" + p.Ecosystem + "/" + p.Name + "@" + p.Version, "license": nil, "source_repository_url": nil,
		"scope": "unknown", "vulnerabilities": []any{}}
	if p.Removed {
		out["change_type"] = "removed"
	}
	if p.Licence != "" {
		out["license"] = p.Licence
	}
	if p.Severity != "" {
		out["vulnerabilities"] = []any{object{"severity": p.Severity, "advisory_ghsa_id": p.Advisory, "advisory_summary": p.AdvisorySummary,
			"advisory_url": "https://github.com/advisories/" + p.Advisory}}
	}
	return out
}
