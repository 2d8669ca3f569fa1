package docker_test

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/sandbox/docker"
)

// TestImagesAreNamedByDigest tries what an attacker would.
//
// Attack by the code that a check runs on: Replace the image: only digests.
func TestImagesAreNamedByDigest(t *testing.T) {
	t.Parallel()
	engine := fake(t)
	b, err := docker.New(t.Context(), docker.Options{Host: engine.host})
	if err != nil {
		t.Fatal(err)
	}
	for _, image := range []string{
		"", "tool", "tool:1", "registry.example/tool:latest", "tool@sha256:abc", "a b@sha256:" + strings.Repeat("a", 64),
	} {
		r := b.Run(t.Context(), sandbox.Job{Image: image, Argv: []string{"true"}, Tree: "/srv", Limits: sandbox.DefaultLimits()})
		if r.Ended != sandbox.Unstartable || !strings.Contains(r.Why, "by its digest") {
			t.Errorf("%q: %+v", image, r)
		}
	}
	if engine.created.Load() != nil {
		t.Error("the engine was asked for a container")
	}
}
