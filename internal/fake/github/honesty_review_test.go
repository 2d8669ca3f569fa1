package github

import "net/http"

// dependencyReview asks for a review with and without a vulnerability and a licence.
func (s *scene) dependencyReview(head string) {
	s.t.Helper()
	err := s.hub.SetDependencyReview(org+"/"+shop, DependencyReview{Packages: []ReviewedPackage{
		{Manifest: "go.mod", Ecosystem: "gomod", Name: "example.com/a", Version: "1.0.0", Severity: "high", Advisory: "GHSA-1111-2222-3333",
			AdvisorySummary: "Bad"},
		{Removed: true, Manifest: "go.mod", Ecosystem: "gomod", Name: "example.com/b", Version: "1.0.0", Licence: "MIT"},
	}})
	if err != nil {
		s.t.Fatal(err)
	}
	request, err := s.asInstallation.NewRequest(http.MethodGet,
		"repos/"+org+"/"+shop+"/dependency-graph/compare/"+head+"..."+head, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	var entries []map[string]any
	if _, err := s.asInstallation.Do(s.ctx, request, &entries); err != nil || len(entries) != 2 {
		s.t.Errorf("%v, %v", entries, err)
	}
}
