// Package completion is lintel completion: the functions by which shells ask the program what may follow.
package completion

import (
	"io"

	"github.com/lintel-review/lintel/internal/terminal"
)

// Word is the hidden argument by which the shells' functions ask what may follow.
const Word = "__complete"

// Command is "lintel completion".
type Command struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"The shell: ${enum}."`
}

// Help is shown below the flags' summary.
func (Command) Help() string {
	return `Prints a function for the shell that completes commands, flags, their values, rules and files. It asks the
program itself, so it stays right when the program is renewed.

Examples:

    # bash, in ~/.bashrc
    source <(lintel completion bash)

    # zsh, in ~/.zshrc behind compinit
    source <(lintel completion zsh)

    # fish
    lintel completion fish > ~/.config/fish/completions/lintel.fish`
}

// Run prints the function of the shell.
func (c Command) Run(t terminal.Terminal) error {
	_, err := io.WriteString(t.Out, map[string]string{"bash": bash, "zsh": zsh, "fish": fish}[c.Shell])
	return err
}

// The functions hand over the words before the cursor, the last one perhaps empty, and read one candidate a line: the
// word, a tab, what it is for. A line ":files" or ":folders" asks for names of files.
const bash = `_lintel() {
	local line word=${COMP_WORDS[COMP_CWORD]}
	[[ $word == = ]] && word=
	COMPREPLY=()
	while IFS= read -r line; do
		case $line in
		:files) compopt -o filenames 2>/dev/null; while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$word") ;;
		:folders) compopt -o filenames 2>/dev/null; while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$word") ;;
		*) COMPREPLY+=("${line%%$'\t'*}") ;;
		esac
	done < <(command lintel ` + Word + ` "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _lintel lintel
`

const zsh = `#compdef lintel
_lintel() {
	local line files
	local -a items
	for line in "${(@f)$(command lintel ` + Word + ` "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
		case $line in
		'') ;;
		:files) files=1 ;;
		:folders) files=2 ;;
		*) items+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
		esac
	done
	(( $#items )) && _describe -t lintel lintel items
	[[ $files == 1 ]] && _files
	[[ $files == 2 ]] && _files -/
	return 0
}
(( $+functions[compdef] )) && compdef _lintel lintel
`

const fish = `function __lintel_complete
	set -l words (commandline -opc)
	set -l word (commandline -ct)
	for line in (command lintel ` + Word + ` $words[2..-1] "$word" 2>/dev/null)
		switch $line
			case :files
				__fish_complete_path "$word"
			case :folders
				__fish_complete_directories "$word"
			case '*'
				echo $line
		end
	end
end
complete -c lintel -f -a '(__lintel_complete)'
`
