package catalogue

import "github.com/lintel-review/lintel/internal/lazyregexp"

// noPackage matches what go vet writes of packages that it could not load or compile: a lone heading, which findings of
// Go 1.26 do not have and those before have twice, its own prefix, and the words of the loader.
var noPackage = lazyregexp.New(`(?m)^# [^\[\n][^\n]*\n[^#]|^(vet|go): |` +
	`: (package .* is not in std|missing go\.sum entry|no required module|cannot find (module|package)|module lookup disabled)`)

// traceback matches a line of an exception that ended a program in Python, of which the status is 1. Its heading may have
// been cut off.
var traceback = lazyregexp.New(`(?m)^Traceback \(most recent call last\):|^  File "[^"\n]+", line \d+, in `)

// tools are those of the catalogue. testdata/reports.txtar has what they wrote when they were run so, and which were not.
var tools = []Tool{
	// gofmt -d has said 1 for a difference since Go 1.25, and 0 before.
	{
		Name:       "gofmt",
		Argv:       []string{"gofmt", "-d"},
		TakesFiles: true,
		Sparse:     true,
		byFile:     always,
		Paths:      []string{"*.go"},
		Format:     "diff",
		Report:     Stdout,
		clean:      []int{0},
		found:      []int{1},
	},
	{
		Name:    "go vet",
		Argv:    []string{"go", "vet", "./..."},
		Paths:   []string{"*.go", "go.mod", "go.sum"},
		Format:  "text",
		Report:  Stderr,
		clean:   []int{0},
		found:   []int{1},
		partial: noPackage,
	},
	{
		Name:    "golangci-lint",
		Argv:    []string{"golangci-lint", "run", "--output.json.path=stdout", "--show-stats=false"},
		Paths:   []string{"*.go", "go.mod", "go.sum", ".golangci.*"},
		Format:  "golangci",
		Report:  Stdout,
		clean:   []int{0},
		found:   []int{1},
		partial: lazyregexp.New(`"FromLinter": ?"typecheck"`),
	},
	// Rules with types look at other files, too.
	{
		Name:       "eslint",
		Argv:       []string{"eslint", "--format=json", "--no-error-on-unmatched-pattern", "--"},
		TakesFiles: true,
		Paths:      []string{"*.js", "*.jsx", "*.ts", "*.tsx", "*.mjs", "*.cjs"},
		Format:     "eslint",
		Report:     Stdout,
		clean:      []int{0},
		found:      []int{1},
	},
	// It tells own modules from others, and packages from folders, by what lies in the tree.
	{
		Name:       "ruff",
		Argv:       []string{"ruff", "check", "--output-format=json", "--no-cache", "--force-exclude", "--"},
		TakesFiles: true,
		Paths:      []string{"*.py", "*.pyi"},
		Format:     "ruff",
		Report:     Stdout,
		clean:      []int{0},
		found:      []int{1},
	},
	{
		Name:       "black",
		Argv:       []string{"black", "--check", "--diff", "--quiet", "--"},
		TakesFiles: true,
		Sparse:     true,
		byFile:     oneFolder,
		Paths:      []string{"*.py", "*.pyi"},
		Settings:   []string{"pyproject.toml", ".hg/"}, // a folder with .hg is the root, above which it looks for none
		Format:     "diff",
		Report:     Stdout,
		clean:      []int{0},
		found:      []int{1},
		halted:     traceback,
	},
	{
		Name:       "mypy",
		Argv:       []string{"mypy", "--no-color-output", "--no-error-summary", "--cache-dir=/dev/null", "--"},
		TakesFiles: true,
		Paths:      []string{"*.py", "*.pyi"},
		Format:     "text",
		Report:     Stdout,
		clean:      []int{0},
		found:      []int{1},
		halted:     traceback,
	},
	// Its settings may load code, also out of files that it is given.
	{
		Name:       "rubocop",
		Argv:       []string{"rubocop", "--format=json", "--force-exclusion", "--cache=false", "--"},
		TakesFiles: true,
		Sparse:     true,
		Modes:      true, // Lint/ScriptPermission
		Paths:      []string{"*.rb", "*.rake", "Gemfile", "Rakefile"},
		Settings:   []string{".rubocop*", "Gemfile.lock", ".ruby-version", "*.gemspec"},
		Format:     "rubocop",
		Report:     Stdout,
		clean:      []int{0},
		found:      []int{1},
	},
	// 2 is a file that could not be read.
	// It follows `source` into files that it is given.
	{
		Name:       "shellcheck",
		Argv:       []string{"shellcheck", "--format=json1", "--"},
		TakesFiles: true,
		Sparse:     true,
		Paths:      []string{"*.sh", "*.bash"},
		Settings:   []string{".shellcheckrc", "shellcheckrc"},
		Format:     "shellcheck",
		Report:     Stdout,
		clean:      []int{0},
		found:      []int{1},
	},
	{
		Name:       "hadolint",
		Argv:       []string{"hadolint", "--format=sarif", "--"},
		TakesFiles: true,
		Sparse:     true,
		byFile:     always,
		Paths:      []string{"Dockerfile", "*.Dockerfile", "Dockerfile.*"},
		Settings:   []string{".hadolint.yaml", ".hadolint.yml"},
		Format:     "sarif",
		Report:     Stdout,
		clean:      []int{0},
		found:      []int{1},
	},
	// Every workflow may call another, so all of them are its settings.
	{
		Name:       "actionlint",
		Argv:       []string{"actionlint", "-oneline", "-no-color"},
		TakesFiles: true,
		Sparse:     true,
		Paths:      []string{"/.github/workflows/*.yml", "/.github/workflows/*.yaml"},
		Settings:   []string{"/.github/actionlint.y*ml", "/.github/workflows/*", "action.yml", "action.yaml"},
		Format:     "text",
		Report:     Stdout,
		clean:      []int{0},
		found:      []int{1},
	},
	// Warnings alone end with 0.
	{
		Name:       "yamllint",
		Argv:       []string{"yamllint", "--format=parsable", "--"},
		TakesFiles: true,
		Sparse:     true,
		byFile:     plainYamllint,
		Paths:      []string{"*.yml", "*.yaml"},
		Settings:   []string{".yamllint", ".yamllint.y*ml", ".gitignore"},
		Format:     "text",
		Report:     Stdout,
		clean:      []int{0},
		found:      []int{1},
		halted:     traceback,
	},
	// 2 is a file that it could not read.
	{
		Name:       "prettier",
		Argv:       []string{"prettier", "--check", "--no-color", "--"},
		TakesFiles: true,
		Sparse:     true,
		byFile:     plainPrettier,
		Paths: []string{"*.js", "*.jsx", "*.ts", "*.tsx", "*.mjs", "*.cjs", "*.css", "*.scss", "*.less", "*.vue", "*.json", "*.yml",
			"*.yaml", "*.graphql", "*.html"},
		// A folder with .hg and the like is the root, above which it looks for no .editorconfig.
		Settings: []string{".prettierrc*", "prettier.config.*", ".prettierignore", ".editorconfig", ".gitignore", "package.json",
			"package.yaml", ".hg/", ".sl/", ".jj/"},
		Format: "prettier",
		Report: Stderr,
		clean:  []int{0},
		found:  []int{1},
	},
	{
		Name:       "markdownlint",
		Argv:       []string{"markdownlint", "--"},
		TakesFiles: true,
		Paths:      []string{"*.md", "*.markdown"},
		Format:     "text",
		Report:     Stderr,
		clean:      []int{0},
		found:      []int{1},
	},
	{
		Name:   "buf",
		Argv:   []string{"buf", "lint", "--error-format=github-actions"},
		Paths:  []string{"*.proto", "buf.yaml"},
		Format: "github",
		Report: Stdout,
		clean:  []int{0},
		found:  []int{100},
	},
	{
		Name:       "terraform fmt",
		Argv:       []string{"terraform", "fmt", "-check", "-diff"},
		TakesFiles: true,
		Sparse:     true,
		byFile:     always,
		Paths:      []string{"*.tf", "*.tfvars"},
		Format:     "diff",
		Report:     Stdout,
		clean:      []int{0},
		found:      []int{3},
	},
	{
		Name:   "semgrep",
		Argv:   []string{"semgrep", "scan", "--sarif", "--quiet", "--metrics=off", "--disable-version-check", "--error"},
		Paths:  []string{"*"},
		Format: "sarif",
		Report: Stdout,
		clean:  []int{0},
		found:  []int{1},
	},
	// It ends with 1 when it fails, so findings have a status of their own.
	{
		Name: "gitleaks",
		Argv: []string{"gitleaks", "dir", "--no-banner", "--redact", "--report-format=sarif",
			"--report-path=" + ReportPath, "--exit-code=10", "."},
		Paths:  []string{"*"},
		Format: "sarif",
		Report: "gitleaks.sarif",
		clean:  []int{0},
		found:  []int{10},
	},
	// As gitleaks. Of a file that it cannot read it says so on standard error alone, where it is not told to be quiet, and ends
	// as if the file were clean.
	{
		Name:   "trivy config",
		Argv:   []string{"trivy", "config", "--format=sarif", "--skip-check-update", "--exit-code=10", "."},
		Paths:  []string{"*.tf", "*.yml", "*.yaml", "*.json", "Dockerfile"},
		Format: "sarif",
		Report: Stdout,
		clean:  []int{0},
		found:  []int{10},
		halted: lazyregexp.New(`(?m)\tERROR\t\[[^\]\n]+\] ((Failed to parse|Error parsing) file|Encountered HCL parse error)\t`),
	},
}
