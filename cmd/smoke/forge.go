package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const repo = "/repos/acme/shop"

// call talks to the emulator as a user, and decodes the answer into out. Its error names the status when it is not want.
func (s *site) call(ctx context.Context, who, method, path string, want int, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, s.hub+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer token-"+who)
	req.Header.Set("Accept", "application/vnd.github+json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode != want {
		return fmt.Errorf("%s %s answers %s, want %d: %.300s", method, path, resp.Status, want, raw)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

// put writes a file by the contents API, which makes a commit, and returns the commit.
func (s *site) put(ctx context.Context, who, branch, path, content, message string) (string, error) {
	var out struct {
		Commit struct {
			SHA string `json:"sha"`
		} `json:"commit"`
	}
	in := map[string]any{"message": message, "content": base64.StdEncoding.EncodeToString([]byte(content)), "branch": branch}
	err := s.call(ctx, who, http.MethodPut, repo+"/contents/"+path, http.StatusCreated, in, &out)
	return out.Commit.SHA, err
}

// branch makes a branch at the tip of main.
func (s *site) branch(ctx context.Context, who, name string) error {
	var main struct {
		Object struct {
			SHA string `json:"sha"`
		} `json:"object"`
	}
	if err := s.call(ctx, who, http.MethodGet, repo+"/git/ref/heads/main", http.StatusOK, nil, &main); err != nil {
		return err
	}
	return s.call(ctx, who, http.MethodPost, repo+"/git/refs", http.StatusCreated,
		map[string]any{"ref": "refs/heads/" + name, "sha": main.Object.SHA}, nil)
}

// pull opens a pull request into main.
func (s *site) pull(ctx context.Context, who, branch, title string) (number int, head string, err error) {
	var out struct {
		Number int `json:"number"`
		Head   struct {
			SHA string `json:"sha"`
		} `json:"head"`
	}
	err = s.call(ctx, who, http.MethodPost, repo+"/pulls", http.StatusCreated,
		map[string]any{"title": title, "head": branch, "base": "main", "body": "Coupons for the shop."}, &out)
	return out.Number, out.Head.SHA, err
}

// merge tries to merge a pull request.
func (s *site) merge(ctx context.Context, number, want int) error {
	return s.call(ctx, "olga", http.MethodPut, fmt.Sprintf("%s/pulls/%d/merge", repo, number), want, map[string]any{}, nil)
}

type checkRun struct {
	ID                       int64
	Name, Status, Conclusion string
	Output                   struct{ Title, Summary, Text string }
}

// runs lists the runs of our check on a commit.
func (s *site) runs(ctx context.Context, sha string) ([]checkRun, error) {
	var out struct {
		Runs []checkRun `json:"check_runs"`
	}
	if err := s.call(ctx, "olga", http.MethodGet, repo+"/commits/"+sha+"/check-runs?filter=all&per_page=100", http.StatusOK, nil,
		&out); err != nil {
		return nil, err
	}
	var own []checkRun
	for _, r := range out.Runs {
		if r.Name == "lintel" {
			own = append(own, r)
		}
	}
	return own, nil
}

// newest waits until the newest run of our check, among more than after of them, is completed with a conclusion.
func (s *site) newest(ctx context.Context, sha, conclusion string, after int) (run checkRun, count int, err error) {
	err = s.await(ctx, func() (string, error) {
		runs, err := s.runs(ctx, sha)
		if err != nil {
			return "", err
		}
		run, count = checkRun{}, len(runs)
		for _, r := range runs {
			if r.ID > run.ID {
				run = r
			}
		}
		if count > after && run.Status == "completed" && run.Conclusion == conclusion {
			return "", nil
		}
		return fmt.Sprintf("there are %d check runs, the newest is %q %q, want more than %d and %q (%s)", count, run.Status,
			run.Conclusion, after, conclusion, run.Output.Title), nil
	})
	return run, count, err
}

type comment struct {
	ID   int64
	Body string
	User struct{ Login string }
}

// ours waits for the App's one comment on a pull request, until it is as wanted.
func (s *site) ours(ctx context.Context, number int, wanted func(comment) string) (c comment, err error) {
	err = s.await(ctx, func() (string, error) {
		var all []comment
		if err := s.call(ctx, "olga", http.MethodGet, fmt.Sprintf("%s/issues/%d/comments", repo, number), http.StatusOK, nil,
			&all); err != nil {
			return "", err
		}
		var own []comment
		for _, one := range all {
			if one.User.Login == "lintel[bot]" && strings.Contains(one.Body, "<!-- lintel:comment:") {
				own = append(own, one)
			}
		}
		if len(own) != 1 {
			return fmt.Sprintf("there are %d comments of ours, want one", len(own)), nil
		}
		c = own[0]
		return wanted(c), nil
	})
	return c, err
}

// patience is how long the story waits for one thing, on a busy machine too.
const patience = time.Minute

// await asks again until nothing is lacking; what lacked last is the error. It ends early when a process is gone.
func (s *site) await(ctx context.Context, lacking func() (string, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for {
		lack, err := lacking()
		if err == nil && lack == "" {
			return nil
		}
		if err != nil {
			lack = err.Error()
		}
		for _, p := range []*process{s.emulator, s.server} {
			if p != nil {
				if err := p.ended(); err != nil {
					return err
				}
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%s, still after %s", lack, patience)
		}
	}
}

// answers waits until an address answers 200.
func (s *site) answers(ctx context.Context, url string) error {
	return s.await(ctx, func() (string, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return "", err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return "", err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			raw, err := io.ReadAll(io.LimitReader(resp.Body, 1000))
			return fmt.Sprintf("%s answers %s: %s", url, resp.Status, raw), err
		}
		return "", nil
	})
}
