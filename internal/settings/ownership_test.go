package settings

import (
	"strings"
	"testing"
)

func TestOwnershipSettings(t *testing.T) {
	s, problems := Parse("lintel.yml", []byte(`version: 1
ownership:
  approvals: 2
  require: each
  teams: 3
  waive: { authors: [dependabot, "renovate[bot]"], files: [lockfiles, /deps/] }
  count_pushers: false
  author_counts: true
  exempt_labels: [emergency]
  paths:
    - { pattern: /infra/, approvals: 3, teams: 2 }
    - { pattern: package-lock.json, exempt: true }
`), nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	o := s.Ownership
	if o.Approvals != 2 || o.Require != RequireEach || o.CountPushers || !o.AuthorCounts || o.ExemptLabels[0] != "emergency" ||
		*o.Paths[0].Approvals != 3 || o.Paths[1].Approvals != nil || !o.Paths[1].Exempt ||
		o.Teams != 3 || *o.Paths[0].Teams != 2 || o.Paths[1].Teams != nil || len(o.Waive.Authors) != 2 || o.Waive.Files[1] != "/deps/" {
		t.Errorf("%+v", o)
	}
	if o := filled().Ownership; o.Approvals != 1 || o.Require != RequireAny || !o.CountPushers || o.AuthorCounts || o.Teams != 1 ||
		len(o.ExemptLabels)+len(o.Paths)+len(o.Waive.Authors) != 0 {
		t.Errorf("the defaults are not those of GitHub: %+v", o)
	}
	for text, want := range map[string]string{
		"approvals: 0": "approvals", "approvals: 21": "approvals", "require: all": "require", "exempt_labels: ['']": "exempt_labels",
		"paths: [{approvals: 2}]": "pattern", "paths: [{pattern: '!a', exempt: true}]": "begins with !", "paths: [{pattern: ' '}]": "blank",
		"paths: [{pattern: a, require: some}]": "require", "paths: {a: 1}": "paths", "count_pushers: 1": "count_pushers",
		"teams: 0": "teams", "teams: 6": "teams", "paths: [{pattern: a, teams: 9}]": "teams",
		"waive: {authors: [GitHub-Actions]}": "every workflow", "waive: {authors: ['github-actions[bot]']}": "every workflow",
		"waive: {authors: ['@dependabot']}": "no login",
		"waive: {authors: ['[bot]']}":       "no login", "waive: {authors: ['a b']}": "no login",
		"waive: {files: [lockfiles]}": "names no bot", "waive: {authors: [a], files: ['!x']}": "begins with !",
		"waive: {authors: [a], files: []}": "files", "waive: {authors: a}": "authors", "waive: true": "waive",
		"waive: {author: [a]}": "author",
	} {
		_, problems := Parse("lintel.yml", []byte("version: 1\nownership: { "+text+" }\n"), nil)
		if len(problems) == 0 || !strings.Contains(problems[0].String(), want) {
			t.Errorf("%s: %v, want %q", text, problems, want)
		}
	}
}
