package github

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/google/go-github/v66/github"
)

// answers holds the memory into which answers are read. Comparisons have many kilobytes, and a reader that begins with
// nothing fills twice as much again each time that it grows.
var answers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// keptAnswer is how much memory for an answer is kept for the next one.
const keptAnswer = 1 << 20

// getJSON asks for one address and reads the answer as plain JSON, where the client has no type that holds all of it.
func (f *Forge) getJSON(ctx context.Context, client *github.Client, path string, into any) (*github.Response, error) {
	req, err := client.NewRequest(http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	return doJSON(ctx, client, req, into)
}

// doJSON is the client's Do for JSON, with the same errors.
func doJSON(ctx context.Context, client *github.Client, req *http.Request, into any) (*github.Response, error) {
	body := answers.Get().(*bytes.Buffer)
	defer func() {
		if body.Cap() <= keptAnswer {
			body.Reset()
			answers.Put(body)
		}
	}()
	resp, err := client.Do(ctx, req, body)
	if err != nil {
		return resp, err
	}
	if json.Unmarshal(body.Bytes(), into) == nil {
		return resp, nil
	}
	// The client reads as a stream, which has other errors, and none for nothing or for what stands behind the value.
	if err = json.NewDecoder(bytes.NewReader(body.Bytes())).Decode(into); errors.Is(err, io.EOF) {
		err = nil
	}
	return resp, err
}
