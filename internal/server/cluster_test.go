package server_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
)

// cluster is several processes of the real program on one database, behind a load balancer.
type cluster struct {
	t    testing.TB
	hub  *fakehub.Hub
	web  []*process
	next atomic.Int64
	// rest are processes that take no webhooks.
	rest []*process
	// refused counts answers 503.
	refused atomic.Int64
	// between, where it is set, reports whether another check was meant to be published between two of the same words. It
	// may have reached the forge though nobody saw the answer, so the second one is no repetition.
	between func(first, second string) bool
}

// newCluster starts processes that take webhooks, with flags of their own, and the load balancer before them.
func newCluster(t testing.TB, hub *fakehub.Hub, web ...[]string) *cluster {
	t.Helper()
	c := &cluster{t: t, hub: hub}
	first := newProcess(t, hub)
	for i, flags := range web {
		p := first
		if i > 0 {
			p = c.sibling(first)
		}
		p.flags = append(flags, "--listen", p.listen)
		c.web = append(c.web, p)
	}
	balancer := httptest.NewServer(c)
	t.Cleanup(balancer.Close)
	hub.SetWebhook(balancer.URL+"/hooks/github", "")
	for _, p := range c.web {
		p.start()
	}
	return c
}

// work starts processes that take no webhooks, each with its roles.
func (c *cluster) work(roles ...string) {
	for _, role := range roles {
		p := c.sibling(c.web[0])
		p.flags = []string{"--roles", role, "--admin-listen", p.listen}
		c.rest = append(c.rest, p)
		p.start()
	}
}

// sibling is a process with the same file and an address of its own.
func (c *cluster) sibling(of *process) *process {
	p := &process{t: c.t, config: of.config, listen: freePort(c.t), log: of.log}
	c.t.Cleanup(p.kill)
	return p
}

// ServeHTTP hands a request to the processes in turn until one takes it, as a load balancer does: a process that is
// killed before it answers may have stored the delivery, so the next one gets it once more.
func (c *cluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for r.Context().Err() == nil {
		p := c.web[int(c.next.Add(1))%len(c.web)]
		again, err := http.NewRequestWithContext(r.Context(), r.Method, "http://"+p.listen+r.URL.Path, bytes.NewReader(body))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		again.Header = r.Header.Clone()
		resp, err := http.DefaultClient.Do(again)
		if err != nil || resp.StatusCode >= 500 {
			if err == nil {
				resp.Body.Close()
				if resp.StatusCode == http.StatusServiceUnavailable {
					c.refused.Add(1)
				}
			}
			time.Sleep(10 * time.Millisecond) // the process is down, and nothing says when it is back
			continue
		}
		defer resp.Body.Close()
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
		return
	}
}

// clusterPull is a pull request and what its check must say in the end.
type clusterPull struct {
	number         int
	head, expected string
}

// pulls opens pull requests and pushes to some of them, and calls between after each with its number.
func (c *cluster) pulls(count int, between func(i int)) (all []clusterPull) {
	for i := range count {
		branch := fmt.Sprintf("topic-%d", i)
		file := fmt.Sprintf("cart/%d.go", i)
		p := clusterPull{expected: "failure"}
		p.head = commit(c.t, c.hub, shop, fakehub.Commit{Branch: branch, From: "main", Author: "wendy", Message: "Not conventional.",
			Files: fakehub.Files{file: "package cart\n"}})
		p.number = open(c.t, c.hub, shop, fakehub.Pull{Head: branch, Base: "main", Title: "feat: topic", Author: "wendy"})
		title := "feat: another"
		must(c.t, c.hub.EditPull(shop, p.number, fakehub.Edit{Title: &title}, "wendy"))
		between(i)
		if i%3 != 0 {
			p.expected = "success"
			p.head = commit(c.t, c.hub, shop, fakehub.Commit{Branch: branch, Parents: []string{c.hub.Tip(shop, "main")}, Force: true,
				Author: "wendy", Message: "feat: fixed", Files: fakehub.Files{file: "package cart // fixed\n"}})
		}
		_, err := c.hub.Review(shop, p.number, fakehub.Review{Author: "rita", State: "COMMENT", Body: "Read."})
		must(c.t, err)
		all = append(all, p)
	}
	return all
}

// settle waits until every pull request has the check that it must have, then looks at everything that was published.
func (c *cluster) settle(all []clusterPull) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	must(c.t, c.hub.WaitDelivered(ctx))
	for _, p := range all {
		awaitRun(c.t, c.hub, p.head, p.expected)
	}
	for _, p := range all {
		runs := ours(c.hub, p.head)
		for i, run := range runs {
			if i > 0 && run.Conclusion == runs[i-1].Conclusion && run.Title == runs[i-1].Title &&
				run.Summary == runs[i-1].Summary && run.Text == runs[i-1].Text &&
				(c.between == nil || !c.between(runs[i-1].ExternalID, run.ExternalID)) {
				c.t.Errorf("#%d: the check says twice: %s %q (%s, %s)", p.number, run.Conclusion, run.Title,
					runs[i-1].ExternalID, run.ExternalID)
			}
		}
		view, err := c.hub.Pull(shop, p.number)
		must(c.t, err)
		comments := 0
		for _, said := range view.Comments {
			if strings.HasSuffix(said.Author, "[bot]") {
				comments++
			}
		}
		if comments > 1 {
			c.t.Errorf("#%d has %d comments", p.number, comments)
		}
	}
}
