package page

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/minitill/minitill/internal/design"
)

// Texts are the texts of pages, by language and name. Each language has a file.
type Texts map[design.Language]map[string]string

// own are the texts that every wallet's pages need.
var own = Texts{design.English: english, design.SimplifiedChinese: simplifiedChinese, design.Arabic: arabic}

// merged returns the shell's texts, with the wallet's added or replacing those of the same
// name. Each name must exist in all languages.
func (t Texts) merged() (Texts, error) {
	all := make(Texts, len(own))
	for lang, texts := range own {
		all[lang] = maps.Clone(texts)
		maps.Copy(all[lang], t[lang])
	}
	names := map[string]bool{"title": true}
	for _, texts := range all {
		for name := range texts {
			names[name] = true
		}
	}
	var mistakes []error
	for _, name := range slices.Sorted(maps.Keys(names)) {
		for _, lang := range design.Languages {
			if all[lang][name] == "" {
				mistakes = append(mistakes, fmt.Errorf("text %q is not there in %s", name, lang))
			}
		}
	}
	return all, errors.Join(mistakes...)
}
