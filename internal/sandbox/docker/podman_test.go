//go:build podman

package docker_test

import (
	"os"
	"testing"

	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/sandbox/docker"
	"github.com/lintel-review/lintel/internal/sandbox/sandboxtest"
)

// TestAttacks needs an engine and an image with a shell, which scripts/sandbox.sh starts and builds: it is compiled only with the
// tag podman, by make sandbox-podman.
func TestAttacks(t *testing.T) {
	host, image := os.Getenv("TEST_SANDBOX_DOCKER"), os.Getenv("TEST_SANDBOX_IMAGE")
	if host == "" || image == "" {
		t.Fatal("the attacks need an engine and an image: make sandbox-podman")
	}
	b, err := docker.New(t.Context(), docker.Options{Host: host})
	if err != nil {
		t.Fatal(err)
	}
	sandboxtest.Attack(t, sandboxtest.Backend{Backend: b, Image: image, MayTrace: true, Files: 5_000})
}

// BenchmarkRun is what a container costs, cold.
func BenchmarkRun(b *testing.B) {
	backend, err := docker.New(b.Context(), docker.Options{Host: os.Getenv("TEST_SANDBOX_DOCKER")})
	if err != nil {
		b.Fatal(err)
	}
	folder := b.TempDir()
	if err := os.Chmod(folder, 0o755); err != nil { //nolint:gosec // jobs run as other users
		b.Fatal(err)
	}
	for b.Loop() {
		r := backend.Run(b.Context(), sandbox.Job{
			Image:  os.Getenv("TEST_SANDBOX_IMAGE"),
			Argv:   []string{"true"},
			Tree:   folder,
			Limits: sandbox.DefaultLimits(),
		})
		if r.Ended != sandbox.Finished {
			b.Fatal(r.Ended, r.Why, string(r.Stderr))
		}
	}
}
