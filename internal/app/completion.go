package app

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Run prints a script that completes the commands and flags of this binary.
func (c *completionCommand) Run(ctx *kong.Context, env Env) error {
	scripts := map[string]func([]place) string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}
	_, err := io.WriteString(env.Out, scripts[c.Shell](placesOf(ctx.Model.Node, "")))
	return err
}

// place is where a command line is after some commands, and what may come next.
type place struct {
	path   string // the commands, with spaces between
	offers []offer
}

// offer is a command, a flag or a value that may come next.
type offer struct{ word, help string }

// placesOf are all places of the tree of commands. The commands that leave out serve, which
// is the default, have its flags.
func placesOf(n *kong.Node, path string) []place {
	here, below := place{path: path}, []place(nil)
	for _, child := range n.Children {
		if child.Type != kong.CommandNode || child.Hidden {
			continue
		}
		here.offers = append(here.offers, offer{child.Name, firstSentence(child.Help)})
		below = append(below, placesOf(child, strings.TrimSpace(path+" "+child.Name))...)
	}
	for _, p := range n.Positional {
		for _, value := range enumOf(p) {
			here.offers = append(here.offers, offer{value, firstSentence(p.Help)})
		}
	}
	flags := n.AllFlags(true)
	if n.DefaultCmd != nil {
		flags = n.DefaultCmd.AllFlags(true)
	}
	for _, group := range flags {
		for _, f := range group {
			here.offers = append(here.offers, offer{"--" + f.Name, firstSentence(f.Help)})
		}
	}
	return append([]place{here}, below...)
}

func enumOf(v *kong.Value) []string {
	if v.Enum == "" {
		return nil
	}
	return v.EnumSlice()
}

// firstSentence is a help text as a menu has room for it.
func firstSentence(help string) string {
	if sentence, _, more := strings.Cut(help, ". "); more {
		return sentence
	}
	return strings.TrimSuffix(help, ".")
}

// paths are the command lines that lead to a place, quoted for a shell.
func paths(places []place, between string) string {
	var list []string
	for _, p := range places {
		if p.path != "" {
			list = append(list, shellQuote(p.path))
		}
	}
	return strings.Join(list, between)
}

// shellQuote is a text as one word of a shell, in which nothing is expanded.
func shellQuote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

func bashCompletion(places []place) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# source <(minitill completion bash)
_minitill() {
  local at="" key word
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    key="${at:+$at }$word"
    case "$key" in %s) at="$key" ;; esac
  done
  case "$at" in
`, paths(places, "|"))
	for _, p := range places {
		var words []string
		for _, o := range p.offers {
			words = append(words, o.word)
		}
		fmt.Fprintf(&b, "    %s) word=%s ;;\n", shellQuote(p.path), shellQuote(strings.Join(words, " ")))
	}
	b.WriteString(`  esac
  COMPREPLY=($(compgen -W "$word" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _minitill minitill
`)
	return b.String()
}

func zshCompletion(places []place) string {
	var b strings.Builder
	fmt.Fprintf(&b, `#compdef minitill
# source <(minitill completion zsh)
_minitill() {
  local at="" key word
  local -a offers
  for word in "${(@)words[2,CURRENT-1]}"; do
    key="${at:+$at }$word"
    case "$key" in %s) at="$key" ;; esac
  done
  case "$at" in
`, paths(places, "|"))
	for _, p := range places {
		var words []string
		for _, o := range p.offers {
			words = append(words, shellQuote(o.word+":"+strings.ReplaceAll(o.help, ":", `\:`)))
		}
		fmt.Fprintf(&b, "    %s) offers=(%s) ;;\n", shellQuote(p.path), strings.Join(words, " "))
	}
	b.WriteString(`  esac
  _describe minitill offers || _files
}
if [ "$funcstack[1]" = _minitill ]; then _minitill "$@"; else compdef _minitill minitill; fi
`)
	return b.String()
}

func fishCompletion(places []place) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# minitill completion fish | source
function __minitill_at
  set -l at ""
  for word in (commandline -opc)[2..-1]
    set -l key (string trim -- "$at $word")
    contains -- $key %s; and set at $key
  end
  test "$at" = "$argv[1]"
end
`, paths(places, " "))
	for _, p := range places {
		for _, o := range p.offers {
			what := "-a " + shellQuote(o.word)
			if flag, ok := strings.CutPrefix(o.word, "--"); ok {
				what = "-l " + shellQuote(flag)
			}
			fmt.Fprintf(&b, "complete -c minitill -n \"__minitill_at %s\" %s -d %s\n", shellQuote(p.path), what, fishQuote(o.help))
		}
	}
	return b.String()
}

// fishQuote is shellQuote for fish, which takes backslashes inside of single quotes.
func fishQuote(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
}
