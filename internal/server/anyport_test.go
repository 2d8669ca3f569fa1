package server_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
)

// TestBothListenersOnAnyPort: port 0 is any free one, for both listeners, and the log says which they are.
func TestBothListenersOnAnyPort(t *testing.T) {
	t.Parallel()
	p := newProcess(t, world(t, fakehub.Options{}))
	text, err := os.ReadFile(p.config)
	must(t, err)
	text = []byte(strings.Replace(strings.Replace(string(text), `admin_listen: ""`, "admin_listen: 127.0.0.1:0", 1),
		"listen: "+p.listen, "listen: 127.0.0.1:0", 1))
	must(t, os.WriteFile(p.config, text, 0o600))
	p.launch()
	serving := regexp.MustCompile(`msg=serving listen=(127\.0\.0\.1:[1-9][0-9]*) admin_listen=(127\.0\.0\.1:[1-9][0-9]*) `)
	var at []string
	for deadline := time.Now().Add(patience); at == nil; time.Sleep(5 * time.Millisecond) {
		at = serving.FindStringSubmatch(p.log.String())
		if at == nil && time.Now().After(deadline) {
			t.Fatal("the log names no ports")
		}
	}
	if at[1] == at[2] {
		t.Errorf("both listen on %s", at[1])
	}
	awaitHTTP(t, "http://"+at[1]+"/healthz")
	awaitHTTP(t, "http://"+at[2]+"/metrics")
}
