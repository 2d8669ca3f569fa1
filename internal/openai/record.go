package openai

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
)

// ErrNotRecorded is what a replay answers to a request that nobody recorded: a prompt, a schema or a parameter changed since.
var ErrNotRecorded = errors.New("this request was not recorded; record anew")

// exchanged is what a recording holds. Headers are not in it: they hold keys and names of accounts.
type exchanged struct {
	Status int             `json:"status"`
	Body   json.RawMessage `json:"body,omitempty"`
	Text   string          `json:"text,omitempty"` // a body that is no JSON
}

// Tape records exchanges into a folder, or replays them from there. A request is named by the SHA-256 of its canonical
// body: model, messages, schema and parameters; not its address and not its headers. Files are <name>.json.gz and equal
// for equal exchanges.
type Tape struct {
	dir  string
	next Doer // nil replays

	mu     sync.Mutex
	misses []string
}

// Record sends requests through next and saves the responses in dir.
func Record(dir string, next Doer) (*Tape, error) {
	if next == nil {
		next = connect(false)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder of recordings: %w", err)
	}
	return &Tape{dir: dir, next: next}, nil
}

// Replay answers from dir alone.
func Replay(dir string) *Tape { return &Tape{dir: dir} }

// Misses are the names of requests that a replay had no answer for.
func (t *Tape) Misses() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]string(nil), t.misses...)
}

// Do implements Doer.
func (t *Tape) Do(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(io.LimitReader(req.Body, 8<<20))
	if err != nil {
		return nil, fmt.Errorf("read request to record: %w", err)
	}
	name, err := Name(body)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(t.dir, name+".json.gz")
	if t.next == nil {
		return t.replay(req, name, path)
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	resp, err := t.next.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("read response to record: %w", err)
	}
	e := exchanged{Status: resp.StatusCode, Body: got}
	if !json.Valid(got) {
		e.Body, e.Text = nil, string(got)
	}
	if err := save(path, e); err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(got))
	return resp, nil
}

func (t *Tape) replay(req *http.Request, name, path string) (*http.Response, error) {
	e, err := load(path)
	if errors.Is(err, os.ErrNotExist) {
		t.mu.Lock()
		t.misses = append(t.misses, name)
		t.mu.Unlock()
		return nil, fmt.Errorf("%s: %w", name, ErrNotRecorded)
	}
	if err != nil {
		return nil, err
	}
	body := []byte(e.Body)
	if body == nil {
		body = []byte(e.Text)
	}
	return &http.Response{
		Status: http.StatusText(e.Status), StatusCode: e.Status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
	}, nil
}

// Name is the name under which a request's exchange is saved.
func Name(body []byte) (string, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return "", fmt.Errorf("read request to name it: %w", err)
	}
	canonical, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("write request to name it: %w", err)
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:]), nil
}

func save(path string, e exchanged) error {
	raw, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("write recording: %w", err)
	}
	var b bytes.Buffer
	zip := gzip.NewWriter(&b) // without a time in its header, so that equal exchanges are equal files
	if _, err := zip.Write(raw); err != nil {
		return fmt.Errorf("pack recording: %w", err)
	}
	if err := zip.Close(); err != nil {
		return fmt.Errorf("pack recording: %w", err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		return fmt.Errorf("keep recording: %w", err)
	}
	return nil
}

func load(path string) (exchanged, error) {
	var e exchanged
	f, err := os.Open(path)
	if err != nil {
		return e, err
	}
	defer f.Close()
	zip, err := gzip.NewReader(f)
	if err != nil {
		return e, fmt.Errorf("unpack recording %s: %w", filepath.Base(path), err)
	}
	raw, err := io.ReadAll(io.LimitReader(zip, 8*maxBody))
	if err != nil {
		return e, fmt.Errorf("unpack recording %s: %w", filepath.Base(path), err)
	}
	if err := json.Unmarshal(raw, &e); err != nil || e.Status < 100 || e.Status > 599 {
		return e, fmt.Errorf("recording %s is not one of ours: %w", filepath.Base(path), errors.Join(err))
	}
	return e, nil
}
