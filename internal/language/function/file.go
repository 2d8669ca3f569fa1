package function

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"

	"github.com/lintel-review/lintel/internal/language/lexer"
	"github.com/lintel-review/lintel/internal/sorting"
)

// File is one source file, which is split and parsed once however often it is asked. It is for one goroutine.
type File struct {
	language lexer.Language
	body     []byte

	tokens   []lexer.Token
	splitErr error
	split    bool

	files    *token.FileSet
	syntax   *ast.File
	parseErr error
	parsed   bool
}

// Read takes a file. It does no work yet.
func Read(file string, body []byte) *File { return &File{language: lexer.Of(file), body: body} }

// Tokens are those of the file, comments included. They must not be changed.
func (f *File) Tokens() ([]lexer.Token, error) {
	if !f.split {
		f.split = true
		f.tokens, f.splitErr = lexer.Split(f.language, f.body)
	}
	return f.tokens, f.splitErr
}

// Syntax is that of a file of Go, comments included; nil when it does not parse, or is no Go.
func (f *File) Syntax() (*token.FileSet, *ast.File) {
	f.parse()
	return f.files, f.syntax
}

func (f *File) parse() {
	if f.parsed || f.language != "go" {
		return
	}
	f.parsed = true
	if len(f.body) > maxGo {
		f.parseErr = fmt.Errorf("it has %d bytes, more than %d", len(f.body), maxGo)
		return
	}
	files := token.NewFileSet()
	syntax, err := parser.ParseFile(files, "", f.body, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		f.parseErr = fmt.Errorf("it does not parse: %w", err)
		return
	}
	f.files, f.syntax = files, syntax
}

// Functions are as Of gives them.
func (f *File) Functions() (found []Function, err error) {
	if f.language == "go" {
		if f.parse(); f.parseErr != nil {
			return nil, f.parseErr
		}
		return golang(f.files, f.syntax)
	}
	tokens, err := f.Tokens()
	if err != nil {
		return nil, err
	}
	src := newSource(f.language, f.body, tokens)
	if err := src.pair(); err != nil {
		return nil, err
	}
	switch f.language {
	case "python":
		found, err = python(src)
	case "ruby":
		found, err = ruby(src)
	default:
		found = braces(src)
	}
	if err != nil {
		return nil, err
	}
	if len(found) > maxFunctions {
		return nil, fmt.Errorf("it has %d functions, more than %d", len(found), maxFunctions)
	}
	sorting.StableBy(found, func(a, b Function) int { return a.Line - b.Line })
	return found, nil
}
