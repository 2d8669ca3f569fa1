package checkplan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/catalogue"
	"github.com/lintel-review/lintel/internal/settings"
)

// Forks says when checks run on changes of forks.
type Forks string

// When checks run on changes of forks.
const (
	Never    Forks = "never"
	Approved Forks = "approved" // after somebody with write access approved the head
	Always   Forks = "always"
)

// Permissions are what the operator allows. The zero value allows nothing.
type Permissions struct {
	// Backend is the sandbox: "off" or empty runs nothing, and only docker has images.
	Backend string
	// Everything allows every tool and image, as on a person's own machine.
	Everything bool
	// Tools are those of the catalogue that may run, with the image in which each is found; an empty one is the machine.
	Tools map[string]string
	// Images are references by digest, and beginnings of references that end in a slash.
	Images []string
	Forks  Forks
	// Timeout, CPU (cores) and Memory (MiB) are ceilings; zero is none. A check that wants more gets these.
	Timeout time.Duration
	CPU     float64
	Memory  int
}

// Laptop are the permissions of somebody who runs checks on a machine of their own: everything that a backend can do.
func Laptop(backend string) Permissions {
	return Permissions{Backend: backend, Everything: true, Forks: Always}
}

// allows says in which image a check runs, or why it may not.
func (p Permissions) allows(c settings.Check) (image, why string) {
	switch p.Backend {
	case "", "off":
		return "", "This server runs no checks (checks.backend is off)."
	}
	if c.Tool != "" {
		image, ok := p.Tools[c.Tool]
		if !ok && !p.Everything {
			return "", fmt.Sprintf("This server does not run %s (checks.tools).", c.Tool)
		}
		if c.Image == "" {
			if image == "" && p.contains() {
				return "", fmt.Sprintf(
					"Nobody named an image in which %s is found: the check by image, or the operator by checks.tools.",
					c.Tool,
				)
			}
			return image, ""
		}
	}
	switch {
	case !p.contains():
		return "", "Checks run without containers here, so there are no images."
	case !p.Everything && !p.images(c.Image):
		return "", fmt.Sprintf("This server does not run the image %s (checks.images).", c.Image)
	}
	return c.Image, ""
}

// contains reports whether checks run in images.
func (p Permissions) contains() bool { return p.Backend == "docker" || p.Backend == "kubernetes" }

// Hold holds a check that somebody else allowed to what this machine allows and has at most; why says that it may not run.
func (p Permissions) Hold(i Item) (held Item, why string) {
	// The image of a tool is for that tool alone: what else it holds, nobody allowed.
	_, inCatalogue := catalogue.Find(i.Check.Tool)
	ofTool := inCatalogue && i.Image == p.Tools[i.Check.Tool]
	known := i.Image == "" || p.Everything || p.images(i.Image) || ofTool
	if !known {
		return i, fmt.Sprintf(
			"The machine that runs checks does not run %s in the image %s (checks.tools and checks.images of its own file).",
			cmp.Or(i.Check.Tool, "a program of the settings"),
			i.Image,
		)
	}
	i.Check = p.within(i.Check)
	return i, ""
}

// images reports whether an image is one that repositories may name.
func (p Permissions) images(image string) bool {
	return slices.ContainsFunc(p.Images, func(known string) bool {
		return known == image || strings.HasSuffix(known, "/") && strings.HasPrefix(image, known)
	})
}

// within holds a check to the ceilings.
func (p Permissions) within(c settings.Check) settings.Check {
	if p.Timeout > 0 && c.Deadline() > p.Timeout {
		c.Timeout = p.Timeout.String()
	}
	if p.CPU > 0 {
		c.CPU = min(c.CPU, p.CPU)
	}
	if p.Memory > 0 {
		c.Memory = min(c.Memory, p.Memory)
	}
	return c
}
