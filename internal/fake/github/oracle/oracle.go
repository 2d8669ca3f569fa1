// Package oracle is test support: it holds the fake GitHub, and whoever talks to it, to GitHub's own published
// documents. Only _test files import it. It reads files and, when they are not there yet, runs scripts/fetch-oracles.sh
// once; nothing of it is part of the product.
//
// Callers may rely on this:
//   - Watch checks exchanges against GitHub's OpenAPI document and GraphQL schema, Webhook checks the bodies of
//     deliveries, Query a GraphQL text,
//     and Examples yields the payloads that GitHub's SDK team recorded.
//   - A test never passes because a document is missing: it fails with the command to run.
//   - What is let through although a document refuses it stands in one table with the reason (exceptions.go).
//
// The documents are pinned in tools/oracles.lock. They are GitHub's, but not GitHub: a field that the document does not
// know is not noticed when the schema is open, and GitHub's own answers break its webhook schemas now and then (53 of
// the 329 recorded payloads do: most are older than a field).
package oracle

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Remedy is the command that brings the documents.
const Remedy = "scripts/fetch-oracles.sh (or: make oracles)"

// The files in the cache, as tools/oracles.lock names them.
const (
	openAPIFile  = "openapi.json"
	examplesFile = "webhooks-examples.json"
	hooksFile    = "webhooks-schema.json"
	graphQLFile  = "schema.graphql"
)

// cache is the folder of the documents, complete; it is looked for, and filled, once per process.
var cache = sync.OnceValues(func() (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, ".cache", "oracles")
	return dir, bring(dir, filepath.Join(root, "tools", "oracles.lock"), filepath.Join(root, "scripts", "fetch-oracles.sh"))
})

// bring runs the script unless all documents are there as the lock pins them.
func bring(dir, lock, script string) error {
	pins, err := os.ReadFile(lock) //nolint:gosec // our own file
	if err != nil {
		return fmt.Errorf("read the pins of GitHub's documents: %w", err)
	}
	if missing(dir, string(pins)) == "" {
		return nil
	}
	out, err := exec.Command(script).CombinedOutput() //nolint:gosec,noctx // our own script, no arguments; it ends by itself
	if err != nil {
		return fmt.Errorf("GitHub's documents are missing; run %s: %w: %s", Remedy, err, strings.TrimSpace(string(out)))
	}
	if name := missing(dir, string(pins)); name != "" {
		return fmt.Errorf("GitHub's documents are missing: %s is not in %s after %s ran", name, dir, Remedy)
	}
	return nil
}

// missing names a document that is not there, or not of the pinned package; the script leaves a mark beside each file
// that says where it came from.
func missing(dir, pins string) string {
	found := map[string]bool{}
	for line := range strings.Lines(pins) {
		f := strings.Fields(line)
		if len(f) != 5 || strings.HasPrefix(f[0], "#") {
			continue
		}
		name := f[4]
		from, err := os.ReadFile(filepath.Join(dir, name+".from")) //nolint:gosec // a name of our lock
		if err != nil || strings.TrimSpace(string(from)) != f[0]+"@"+f[1]+" "+f[2] {
			return name
		}
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return name
		}
		found[name] = true
	}
	for _, name := range []string{openAPIFile, examplesFile, hooksFile, graphQLFile} {
		if !found[name] {
			return name
		}
	}
	return ""
}

// moduleRoot walks up from the folder of the test, where go test starts it.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the module root: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("find the module root: no go.mod above the working directory")
		}
		dir = up
	}
}

// read returns one document.
func read(name string) ([]byte, error) {
	dir, err := cache()
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(filepath.Join(dir, name)) //nolint:gosec // one of our four names
	if err != nil {
		return nil, fmt.Errorf("read GitHub's documents; run %s: %w", Remedy, err)
	}
	return data, nil
}

// must fails the test when a document cannot be had.
func must[T any](t testing.TB, load func() (T, error)) T {
	t.Helper()
	v, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return v
}
