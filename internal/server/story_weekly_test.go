package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/server"
)

// TestStoryWeeklyDigest: a team is told of its week as a comment and by a webhook, once, whatever starts again.
func TestStoryWeeklyDigest(t *testing.T) {
	t.Parallel()
	hub := world(t, fakehub.Options{})
	dir := t.TempDir()
	_, err := hub.Install("acme")
	must(t, err)
	r := start(t, hub, dir)
	number, sha := r.topic("weekly", "feat: weekly", "cart/weekly.go")
	r.run(sha, "success")
	r.quiet()
	r.stop()

	told := make(chan map[string]string, 100)
	chat := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		message := map[string]string{}
		if err == nil {
			err = json.Unmarshal(body, &message)
		}
		if err != nil {
			t.Error(err)
		}
		message["header"], message["path"] = q.Header.Get("Idempotency-Key"), q.URL.Path
		told <- message
	}))
	t.Cleanup(chat.Close)
	address := func(name string) string {
		file := filepath.Join(dir, name)
		must(t, os.WriteFile(file, []byte(chat.URL+"/"+name+"\n"), 0o600))
		return file
	}
	digests := func() (n int) {
		view, err := hub.Pull(shop, number)
		must(t, err)
		for _, c := range view.Comments {
			if strings.Contains(c.Body, "### Pull requests of all teams") {
				n++
			}
		}
		return n
	}
	// Digests are told in their order: when the last one was, so were those before it. A server that was stopped before it
	// noted that tells a webhook again, under the same key.
	keys, last := map[string]string{}, ""
	for _, last = range []string{"one", "two"} {
		r = start(t, hub, dir, func(c *config.Config, _ *server.Options) {
			c.Flow.Weekly = []config.FlowWeekly{{Issue: fmt.Sprintf("%s#%d", shop, number)}, {WebhookFile: address("one")}}
			if last == "two" {
				c.Flow.Weekly = append(c.Flow.Weekly, config.FlowWeekly{WebhookFile: address("two")})
			}
		})
		for path := ""; path != "/"+last; {
			m := <-told
			path = m["path"]
			if key := keys[path]; m["key"] == "" || m["key"] != m["header"] || key != "" && key != m["key"] ||
				!strings.Contains(m["text"], "wait") {
				t.Errorf("the webhook %s got %v after the key %q", path, m, key)
			}
			keys[path] = m["key"]
		}
		r.stop()
		if n := digests(); n != 1 {
			t.Errorf("%d digests on the issue after the webhook %s", n, last)
		}
	}
}
