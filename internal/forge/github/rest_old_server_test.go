package github_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/forge/github"
)

func TestRESTTakesABlobThatIsWrappedInJSON(t *testing.T) {
	p := newPair(t, nil)
	p.commit(fakehub.Commit{Branch: "coupon", Files: fakehub.Files{"pay/coupon.go": "package pay\n"}})
	n := p.open(fakehub.Pull{Head: "coupon"})
	p.wire.answer = func(r *http.Request, resp *http.Response) {
		if !strings.Contains(r.URL.Path, "/git/blobs/") {
			return
		}
		raw, err := io.ReadAll(resp.Body)
		must(t, err)
		wrapped, err := json.Marshal(map[string]any{"content": raw, "encoding": "base64"})
		must(t, err)
		resp.Header.Set("Content-Type", "application/json; charset=utf-8")
		resp.Body = io.NopCloser(bytes.NewReader(wrapped))
	}
	s, err := p.rest.Snapshot(context.Background(), p.record(n))
	must(t, err)
	if got := string(s.Controls.Files["CODEOWNERS"].Content); got != "/pay/ @mika @acme/core\n" {
		t.Errorf("CODEOWNERS reads %q", got)
	}
}

func TestRESTHidesMergeSettingsFromAnAppThatMayNotPush(t *testing.T) {
	p := newPair(t, func(h *fakehub.Options, _ *github.Options) { h.App.Permissions = nil })
	p.commit(fakehub.Commit{Branch: "coupon", Files: fakehub.Files{"a": "a\n"}})
	s, err := p.rest.Snapshot(context.Background(), p.record(p.open(fakehub.Pull{Head: "coupon"})))
	must(t, err)
	if d := cmp.Diff(change.MergeSettings{}, s.Repository.Merges); d != "" {
		t.Errorf("merge settings that GitHub hides must be unknown:\n%s", d)
	}
}

func TestRESTFindsSiblingsWithoutTheRoute(t *testing.T) {
	p := newPair(t, nil)
	sha := p.commit(fakehub.Commit{Branch: "one", Files: fakehub.Files{"a": "a\n"}})
	must(t, p.hub.Push("acme/shop", "two", sha, "wendy", false))
	n := p.open(fakehub.Pull{Head: "one"})
	other := p.open(fakehub.Pull{Head: "two"})
	for name, answer := range map[string]func(*http.Request, *http.Response){
		"404": func(r *http.Request, resp *http.Response) { resp.StatusCode = http.StatusNotFound },
		"a list without the pull request that is read": func(r *http.Request, resp *http.Response) {
			resp.Body = io.NopCloser(strings.NewReader("[]"))
		},
	} {
		p.wire.answer = func(r *http.Request, resp *http.Response) {
			if strings.HasSuffix(r.URL.Path, "/commits/"+sha+"/pulls") {
				answer(r, resp)
			}
		}
		s, err := p.rest.Snapshot(context.Background(), p.record(n))
		must(t, err)
		if len(s.Siblings) != 1 || s.Siblings[0].Number != other {
			t.Errorf("%s: siblings are %+v, want #%d", name, s.Siblings, other)
		}
	}
}
