// Package policies embeds the Rego of every rule family, one folder for each, with its tests and fixtures beside it.
// It holds no code: internal/policy compiles what is here.
package policies

import (
	"embed"
	"io/fs"
)

//go:embed */*.rego */testdata/*.txtar
var files embed.FS

//go:embed prebuilt.bin
var prebuilt string

// Prebuilt is what policy.Prebuild makes of Tree: "make generate" writes it, and a test refuses one that is out of date.
func Prebuilt() string { return prebuilt }

// Tree is the folders of all families, read-only. The engine leaves out *_test.rego and testdata; the test runner reads them.
func Tree() fs.FS { return files }
