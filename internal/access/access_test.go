package access_test

import (
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/access"
)

var rules = access.Rules{
	Operators: []string{"group:platform", "github-id:7"},
	Auditors:  []string{"email:ann@corp.example", "github:olga"},
	Viewers:   []string{"oidc:*", "subject:s1"},
	Read:      []access.Grant{{Group: "shop", Repositories: []string{"acme/shop*"}}},
}

// TestRole: the highest role that the rules give, and none for a claim of another provider.
func TestRole(t *testing.T) {
	for name, c := range map[string]struct {
		person access.Person
		want   access.Role
	}{
		"a group":                    {access.Person{Way: access.ByOIDC, Subject: "a", Groups: []string{"x", "platform"}}, access.Operator},
		"a group of another case":    {access.Person{Way: access.ByOIDC, Subject: "a", Groups: []string{"Platform"}}, access.Viewer},
		"an account's id":            {access.Person{Way: access.ByGitHub, Subject: "7", Login: "mallory"}, access.Operator},
		"an id of the other way":     {access.Person{Way: access.ByOIDC, Subject: "7"}, access.Viewer},
		"a group on GitHub":          {access.Person{Way: access.ByGitHub, Subject: "8", Groups: []string{"platform"}}, access.Nobody},
		"an address":                 {access.Person{Way: access.ByOIDC, Subject: "a", Email: "Ann@corp.example"}, access.Auditor},
		"a login":                    {access.Person{Way: access.ByGitHub, Subject: "9", Login: "Olga"}, access.Auditor},
		"a login of the other way":   {access.Person{Way: access.ByOIDC, Subject: "b", Login: "olga"}, access.Viewer},
		"a person without a subject": {access.Person{Way: access.ByOIDC, Groups: []string{"platform"}}, access.Nobody},
		"nobody":                     {access.Person{}, access.Nobody},
	} {
		if got := rules.Role(c.person); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if access.Viewer.AtLeast(access.Auditor) || !access.Operator.AtLeast(access.Viewer) || access.Role("boss").AtLeast(access.Nobody) {
		t.Error("the roles have another order")
	}
}

// TestReads: a pattern's star stops at the slash, and only the group's own people read.
func TestReads(t *testing.T) {
	in := access.Person{Way: access.ByOIDC, Subject: "a", Groups: []string{"shop"}}
	for repository, want := range map[string]bool{"acme/shop": true, "Acme/Shop-web": true, "acme/pay": false, "acme/shop/x": false} {
		if got := rules.Reads(in, repository); got != want {
			t.Errorf("%s: %t", repository, got)
		}
	}
	for _, p := range []access.Person{{Way: access.ByOIDC, Subject: "a"}, {Way: access.ByGitHub, Subject: "a", Groups: []string{"shop"}}} {
		if rules.Reads(p, "acme/shop") {
			t.Errorf("%+v reads", p)
		}
	}
}

// TestAlive: a session ends when it is idle, when it is old, and when the clock says that it begins in the future.
func TestAlive(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		began, seen time.Duration
		want        bool
	}{
		"fresh":              {-time.Minute, 0, true},
		"idle":               {-2 * time.Hour, -time.Hour, false},
		"old":                {-8 * time.Hour, -time.Minute, false},
		"begun in future":    {time.Minute, -time.Minute, false},
		"seen in the future": {-time.Minute, time.Second, false},
	} {
		s := access.Session{Began: now.Add(c.began), Seen: now.Add(c.seen)}
		if got := s.Alive(now, time.Hour, 8*time.Hour); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	if (access.Session{}).Alive(now, time.Hour, 8*time.Hour) {
		t.Error("no session is alive")
	}
}
