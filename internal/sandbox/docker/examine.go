package docker

import (
	"context"
	"fmt"

	"github.com/moby/moby/client"

	"github.com/lintel-review/lintel/internal/sandbox"
)

// Examine looks at the engine, and whether an image is on its machine (empty: none is asked for).
func Examine(ctx context.Context, options Options, image string) []sandbox.Look {
	opened, err := New(ctx, options)
	if err != nil {
		return []sandbox.Look{{What: "engine", Detail: err.Error(), Remedy: "start it, or name its socket by checks.socket"}}
	}
	engine := opened.engine
	version, err := engine.ServerVersion(ctx, client.ServerVersionOptions{})
	if err != nil {
		return []sandbox.Look{{What: "engine", Detail: err.Error(), Remedy: "check who may use " + engine.DaemonHost()}}
	}
	found := []sandbox.Look{{What: "engine", Detail: fmt.Sprintf("%s is version %s, API %s", engine.DaemonHost(), version.Version,
		version.APIVersion)}}
	if image == "" {
		return append(found, sandbox.Look{What: "image", Unsure: true,
			Detail: "nothing was run: the file names no image by digest, so name one by --image"})
	}
	if _, err := engine.ImageInspect(ctx, image); err != nil {
		return append(found, sandbox.Look{What: "image", Detail: err.Error(), Remedy: "pull " + image + ": nothing is pulled for a check"})
	}
	return append(found, sandbox.Look{What: "image", Detail: image + " is on the machine"})
}
