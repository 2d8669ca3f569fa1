package github_test

import (
	"errors"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/change/refusal"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/traffic"
)

const compareRoute = "/repos/{owner}/{repo}/compare/{basehead}"

// TestFaultsHaveTheRightKind: what the forge answers decides whether the queue waits, gives up or tries again, for GraphQL and for REST.
//
//race:unwatched
func TestFaultsHaveTheRightKind(t *testing.T) {
	reset := time.Now().Add(time.Hour).Truncate(time.Second)
	primary := map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Limit": "5000",
		"X-RateLimit-Reset": strconv.FormatInt(reset.Unix(), 10)}
	for _, c := range []struct {
		name, kind string
		fault      traffic.Fault
		until      time.Duration
		refusal    refusal.Kind
	}{
		{"401", "unread", traffic.Fault{Status: 401}, 0, ""},
		{"403 permission", "refused", traffic.Fault{
			Status: 403, Body: `{"message":"Resource not accessible by integration"}`,
		}, 0, refusal.Permission},
		{"403 suspended", "refused", traffic.Fault{
			Status: 403, Body: `{"message":"This installation has been suspended"}`,
		}, 0, refusal.Permission},
		{"400", "refused", traffic.Fault{Status: 400}, 0, refusal.BadRequest},
		{"422", "refused", traffic.Fault{Status: 422}, 0, refusal.BadRequest},
		{"404", "unread", traffic.Fault{Status: 404}, 0, ""},
		{"410", "unread", traffic.Fault{Status: 410}, 0, ""},
		{"451", "unread", traffic.Fault{Status: 451}, 0, ""},
		{"403 primary", "limited", traffic.Fault{Status: 403, Header: primary}, time.Hour, ""},
		{"429 primary", "limited", traffic.Fault{Status: 429, Header: primary}, time.Hour, ""},
		{"403 secondary", "limited",
			traffic.Fault{
				Status: 403,
				Header: map[string]string{"Retry-After": "30"},
				Body: `{"message":"You have exceeded a secondary rate ` +
					`limit.","documentation_url":"https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#abo` +
					`ut-secondary-rate-limits"}`,
			}, 30 * time.Second, ""},
		{"429 secondary", "limited", traffic.Fault{Status: 429, Header: map[string]string{"Retry-After": "30"}}, 30 * time.Second, ""},
		{"429 that says nothing", "limited", traffic.Fault{Status: 429}, time.Minute, ""},
		{"500", "passing", traffic.Fault{Status: 500}, 0, ""},
		{"502", "passing", traffic.Fault{Status: 502}, 0, ""},
		{"503", "passing", traffic.Fault{Status: 503}, 0, ""},
		{"dropped", "passing", traffic.Fault{Drop: true}, 0, ""},
	} {
		for _, route := range []struct{ method, path string }{{"POST", "/graphql"}, {"GET", compareRoute}} {
			t.Run(c.name+" "+route.method, func(t *testing.T) {
				s := newShop(t, fakehub.Options{})
				n, _ := s.topic(t, "topic", fakehub.Files{"pay/x.go": "x\n"})
				c.fault.Method, c.fault.Route = route.method, route.path
				s.hub.Fault(c.fault)
				before := time.Now()
				_, err := s.forge.Snapshot(t.Context(), s.record(n))
				var limited *change.Limited
				var refused *change.Refused
				var unread *change.Unread
				kind := "passing"
				switch {
				case err == nil:
					kind = "no error"
				case errors.As(err, &limited):
					kind = "limited"
				case errors.As(err, &refused):
					kind = "refused"
				case errors.As(err, &unread):
					kind = "unread"
				}
				if kind != c.kind {
					t.Fatalf("%s: %v; want %s", kind, err, c.kind)
				}
				if limited != nil {
					// A primary limit names its end, the others how long from their answer, which came while the snapshot was read.
					earliest, latest := before.Add(c.until).Add(-time.Second), time.Now().Add(c.until).Add(time.Second)
					if c.fault.Header["X-RateLimit-Reset"] != "" {
						earliest, latest = reset, reset.Add(2*time.Second)
					}
					if limited.Until.Before(earliest) || limited.Until.After(latest) {
						t.Errorf("it waits until %s, want between %s and %s", limited.Until, earliest, latest)
					}
				}
				if refused != nil && refused.Kind != c.refusal || refused == nil && c.refusal != "" {
					t.Errorf("the refusal is of another kind than %q: %v", c.refusal, err)
				}
				if refused != nil && refused.Remedy == "" || unread != nil && unread.Remedy == "" {
					t.Error("it has no remedy")
				}
				s.hub.ClearFaults()
			})
		}
	}
}

// TestLimitOnTheToken: a limit on making tokens is a limit, not an App that is gone.
func TestLimitOnTheToken(t *testing.T) {
	for _, status := range []int{403, 429} {
		s := newShop(t, fakehub.Options{})
		n, _ := s.topic(t, "topic", fakehub.Files{"pay/x.go": "x\n"})
		s.hub.Fault(traffic.Fault{
			Method: "POST",
			Route:  "/app/installations/{installation_id}/access_tokens",
			Status: status,
			Header: map[string]string{"Retry-After": "30"},
		})
		_, err := s.forge.Snapshot(t.Context(), s.record(n))
		var limited *change.Limited
		if !errors.As(err, &limited) {
			t.Errorf("%d: %v", status, err)
		}
	}
}

// TestTruthOfInstallations: what the hub itself answers for a suspended, removed and renamed world.
func TestTruthOfInstallations(t *testing.T) {
	var gone *change.Gone
	s := newShop(t, fakehub.Options{})
	n, _ := s.topic(t, "topic", fakehub.Files{"pay/x.go": "x\n"})
	must(t, s.hub.RenameRepo("acme/shop", "store", "olga"))
	snap, err := s.forge.Snapshot(t.Context(), s.record(n))
	must(t, err)
	if snap.Ref.Name != "store" {
		t.Errorf("the renamed repository is called %s", snap.Ref.Name)
	}
	must(t, s.hub.Suspend(s.installation, true))
	if _, err := s.forge.Snapshot(t.Context(), s.record(n)); !errors.As(err, &gone) {
		t.Errorf("suspended: %v", err)
	}
	must(t, s.hub.Suspend(s.installation, false))
	s.hub.ExpireTokens()
	if _, err := s.forge.Snapshot(t.Context(), s.record(n)); err != nil {
		t.Errorf("an expired token: %v", err)
	}
	must(t, s.hub.Uninstall(s.installation))
	if _, err := s.forge.Snapshot(t.Context(), s.record(n)); !errors.As(err, &gone) {
		t.Errorf("uninstalled: %v", err)
	}
}

// TestPartialAnswersAreNoAbsence: GraphQL answers 200 with null and an error; that must never look like a file that is not there.
func TestPartialAnswersAreNoAbsence(t *testing.T) {
	for _, body := range []string{
		`{"data":{"repository":null},"errors":[{"type":"SERVICE_UNAVAILABLE","path":["repository"],"message":"Something went wrong"}]}`,
		`{"data":{"repository":{"pullRequest":null}},"errors":[{"type":"INTERNAL","path":["repository","pullRequest",` +
			`"baseRef","target","owners1"],"message":"timeout"}]}`,
		`{"data":null,"errors":[{"message":"Something went wrong while executing your query."}]}`,
		`{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded"}]}`,
		`{}`,
		`null`,
		``,
	} {
		s := newShop(t, fakehub.Options{})
		n, _ := s.topic(t, "topic", fakehub.Files{"pay/x.go": "x\n"})
		s.hub.Fault(traffic.Fault{
			Method: "POST",
			Route:  "/graphql",
			Status: http.StatusOK,
			Body:   body,
			Header: map[string]string{"Content-Type": "application/json"},
		})
		if snap, err := s.forge.Snapshot(t.Context(), s.record(n)); err == nil {
			t.Errorf("%s: %+v", body, snap)
		}
	}
}
