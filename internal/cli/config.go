package cli

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"gopkg.in/yaml.v3"
)

// ConfigFlag adds -config to a command: embed it in the command's struct. The file's keys are the long names of the flags, those of a
// subcommand below the subcommand's name:
//
//	models: /srv/models
//	log: json
//
// A key that is no flag is refused. What is given on the command line goes before the environment, that before the file, and that before
// the default.
type ConfigFlag struct {
	Config kong.ConfigFlag `help:"Read flags from this YAML file." placeholder:"FILE"`
}

// file is one YAML file as a source of flags.
type file struct {
	keys map[string]any
}

// loadFile reads a YAML file of flags.
func loadFile(r io.Reader) (kong.Resolver, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	f := &file{}
	if err := yaml.Unmarshal(data, &f.keys); err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	return f, nil
}

// Resolve gives the file's value of a flag, unless the environment has one, which goes before.
func (f *file) Resolve(_ *kong.Context, parent *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil
		}
	}
	name := flag.Name
	for n := parent.Node(); n != nil && n.Type != kong.ApplicationNode; n = n.Parent {
		name = n.Name + "-" + name
	}
	return valueOf(f.keys, name), nil
}

// valueOf is the value of a flag, behind its subcommand's name and a dash, wherever a nesting puts the dashes; nil where there is none.
func valueOf(keys map[string]any, name string) any {
	if value, ok := keys[name]; ok {
		return value
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		nested, ok := keys[key].(map[string]any)
		if rest, below := strings.CutPrefix(name, key+"-"); ok && below {
			if value := valueOf(nested, rest); value != nil {
				return value
			}
		}
	}
	return nil
}

// Validate refuses keys that are no flags, so that a misspelt one is not passed over.
func (f *file) Validate(app *kong.Application) error {
	known := map[string]bool{}
	flagKeys(app.Node, "", known)
	unknown := unknownKeys(f.keys, "", known)
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	for i, key := range unknown {
		unknown[i] += hint(key, known)
	}
	return errors.New("the configuration file has keys that are no flags: " + strings.Join(unknown, ", "))
}

// hint names the subcommand's flag that a key at the top was perhaps meant for.
func hint(key string, known map[string]bool) string {
	for _, flag := range slices.Sorted(maps.Keys(known)) {
		if command, ok := strings.CutSuffix(flag, "-"+key); ok {
			return fmt.Sprintf(" (write it below %s, or as %s)", command, flag)
		}
	}
	return ""
}

// flagKeys collects the long flags of a command and its subcommands, the latter behind their command's name and a dash.
func flagKeys(node *kong.Node, prefix string, known map[string]bool) {
	for _, flag := range node.Flags {
		known[prefix+flag.Name] = true
	}
	for _, child := range node.Children {
		flagKeys(child, prefix+child.Name+"-", known)
	}
}

// unknownKeys are the file's keys that are no flags. Below a flag the keys are the flag's own value.
func unknownKeys(keys map[string]any, prefix string, known map[string]bool) (unknown []string) {
	for key, value := range keys {
		nested, ok := value.(map[string]any)
		switch {
		case known[prefix+key]:
		case ok:
			unknown = append(unknown, unknownKeys(nested, prefix+key+"-", known)...)
		default:
			unknown = append(unknown, prefix+key)
		}
	}
	return unknown
}
