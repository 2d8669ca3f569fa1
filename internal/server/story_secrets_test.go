package server_test

import (
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/server"
)

// ATTACK: somebody who can read what Lintel keeps or shows (the check, a page, the log, a copy of the database) looks
// in it for a secret that a pull request leaked.
//
// STEPS: a pull request has a token in an added line, in the name of a file, in a commit's message, in its title and in
// its description.
//
// WHAT MUST HOLD: the check fails and names the places; the token is nowhere.
//
//race:unwatched
func TestStoryASecretIsNeverEchoed(t *testing.T) {
	t.Parallel()
	// Put together here, so that no scanner takes it for a real one. It never was.
	rest := "x7Qm2Vb9Kd4Rt8Yw3Zc6Nf1Lp5Hs0J2qrMoc"
	token := "ghp_" + rest
	hub := world(t, fakehub.Options{})
	_, err := hub.Install("acme")
	must(t, err)
	var log ledger
	dir := t.TempDir()
	r := start(t, hub, dir, func(_ *config.Config, o *server.Options) {
		o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	r.quiet()
	sha := commit(t, hub, shop,
		fakehub.Commit{
			Branch:  "leak",
			Author:  "wendy",
			Message: "feat: coupons\n\nIt asks with " + token,
			Files:   fakehub.Files{"cart/coupon.go": "package cart\n\nconst token = \"" + token + "\"\n", "keys/" + token + ".txt": "x\n"},
		})
	open(t, hub, shop, fakehub.Pull{
		Head: "leak", Base: "main", Title: "feat: coupons with " + token, Body: "See " + token, Author: "wendy",
	})
	run := r.run(sha, "failure")
	r.quiet()
	page, err := http.Get(run.Details) //nolint:noctx // the test's own server
	must(t, err)
	defer page.Body.Close()
	shown, err := io.ReadAll(page.Body)
	must(t, err)
	runs, err := json.Marshal(r.runs(sha))
	must(t, err)
	places := map[string]string{"the page": string(shown), "the check": string(runs), "the log": log.String()}
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		places["the file "+d.Name()] = string(raw)
		return err
	}))
	for name, text := range places {
		if at := strings.Index(text, rest[:20]); at >= 0 {
			t.Errorf("the secret is in %s: ...%q...", name, text[max(0, at-300):min(len(text), at+60)])
		}
	}
	for _, words := range []string{"is on this line", "in the title", "in the description", "in the message of commit",
		"in the name of a new file"} {
		if !strings.Contains(string(runs)+string(shown), words) {
			t.Errorf("nothing says that a secret is %s", words)
		}
	}
	if len(places) < 4 {
		t.Errorf("only %d places were searched", len(places))
	}
}
