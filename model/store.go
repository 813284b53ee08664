package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Store is a directory of artifacts: NAME/VERSION/manifest.json with the payload and the reports beside it, their checksums in
// NAME/VERSION/SHA256SUMS, and NAME/CURRENT, which holds the version that serves.
type Store struct {
	Dir string
}

const (
	manifestFile = "manifest.json"
	payloadFile  = "model.payload"
	sureFile     = "sure.payload"
	currentFile  = "CURRENT"
	// truthFile is where the scoring job writes how old scores came true.
	truthFile = "TRUTH.json"
)

var artifactName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// checkNames keeps what is written and read inside the store's directory, and a version's directory off the CURRENT file.
func checkNames(name, version string) error {
	switch {
	case !artifactName.MatchString(name):
		return fmt.Errorf("model name %q: use up to 100 letters, digits, dots, dashes and underscores, a letter or digit first", name)
	case !artifactName.MatchString(version) || strings.EqualFold(version, currentFile) || strings.EqualFold(version, truthFile):
		return fmt.Errorf("version %q of model %s: use up to 100 letters, digits, dots, dashes and underscores, a letter or digit first, "+
			"and not %s or %s", version, name, currentFile, truthFile)
	}
	return nil
}

// Current is the version that serves under the name. The error is fs.ErrNotExist where nothing has been published.
func (s Store) Current(name string) (string, error) {
	if err := checkNames(name, "any"); err != nil {
		return "", err
	}
	data, err := os.ReadFile(filepath.Join(s.Dir, name, currentFile))
	if err != nil {
		return "", fmt.Errorf("find the current version of model %s: %w", name, err)
	}
	version := strings.TrimSpace(string(data))
	if checkNames(name, version) != nil {
		return "", fmt.Errorf("the current version of model %s is not a version; publish again, or write one into %s", name, currentFile)
	}
	return version, nil
}

// Open loads one version and proves it: checksums, name, feature set hash and golden rows must all hold. decoders are by payload
// format. The error is fs.ErrNotExist where the version is not there.
func (s Store) Open(name, version string, decoders map[string]Decoder) (*Artifact, error) {
	if err := checkNames(name, version); err != nil {
		return nil, err
	}
	a, err := open(filepath.Join(s.Dir, name, version), decoders)
	if err != nil {
		return nil, fmt.Errorf("load model %s version %s: %w", name, version, err)
	}
	if m := &a.Manifest; m.Name != name || m.Version != version {
		return nil, fmt.Errorf("load model %s version %s: the files there are of model %s version %s; rename the directory back", name,
			version, m.Name, m.Version)
	}
	return a, nil
}

// openTries is how often a version is looked for. Each failed look but the last takes a publish of the same version at that moment.
const openTries = 8

// open reads the version's directory. While a publish replaces the version, the old one stands aside for a moment, so that a
// reader finds the old whole or the new whole, if need be at another look.
func open(dir string, decoders map[string]Decoder) (*Artifact, error) {
	var files artifactFiles
	err := fs.ErrNotExist
	for try := 0; try < openTries && errors.Is(err, fs.ErrNotExist); try++ {
		if files, err = readSummed(dir); errors.Is(err, fs.ErrNotExist) {
			if other, e := readSummed(aside(dir)); e == nil {
				files, err = other, nil
			}
		}
	}
	if err != nil {
		return nil, err
	}
	return Decode(files.manifest, files.payload, files.sure, decoders)
}

// Decode reads an artifact from its files and proves it, as Store.Open does but for SHA256SUMS, which alone guards the manifest. sure
// are the replicas, empty for an artifact without.
func Decode(manifest, payload, sure []byte, decoders map[string]Decoder) (*Artifact, error) {
	var header struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(manifest, &header); err != nil {
		return nil, fmt.Errorf("read %s: %w", manifestFile, err)
	}
	if header.Format != ArtifactFormat {
		return nil, fmt.Errorf("its format is %d, this program reads %d; train again or use the program that wrote it",
			header.Format, ArtifactFormat)
	}
	a := &Artifact{}
	if err := json.Unmarshal(manifest, &a.Manifest); err != nil {
		return nil, fmt.Errorf("read %s: %w", manifestFile, err)
	}
	m := &a.Manifest
	if got := checksum(payload); got != m.PayloadSHA256 {
		return nil, fmt.Errorf("the payload's checksum is %s, the manifest says %s: the file is damaged", got, m.PayloadSHA256)
	}
	decode, ok := decoders[m.PayloadFormat]
	if !ok {
		return nil, fmt.Errorf("this program cannot read payloads of format %q", m.PayloadFormat)
	}
	var err error
	if a.Predictor, err = decode(payload, m.Fields); err != nil {
		return nil, fmt.Errorf("read %s: %w", payloadFile, err)
	}
	if a.Sure, err = decodeSure(m, sure, decoders); err != nil {
		return nil, err
	}
	if err := a.check(); err != nil {
		return nil, err
	}
	return a, nil
}

func decodeSure(m *Manifest, sure []byte, decoders map[string]Decoder) (*Replicas, error) {
	if m.SureSHA256 == "" {
		if len(sure) > 0 {
			return nil, errors.New("there are replicas that the manifest does not know of; publish again")
		}
		return nil, nil
	}
	if got := checksum(sure); got != m.SureSHA256 {
		return nil, fmt.Errorf("the checksum of the replicas is %s, the manifest says %s: the file is damaged", got, m.SureSHA256)
	}
	r, err := DecodeReplicas(sure, m.Fields, decoders)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", sureFile, err)
	}
	return r, nil
}

// Publish writes the artifact and the extra files beside it under NAME/VERSION, and then makes it the current version. Readers see
// the whole of it or nothing: the directory appears by one rename, CURRENT changes by another, last. A version that is there already
// is replaced. extra names plain files.
func (s Store) Publish(a *Artifact, extra map[string][]byte) (dir string, err error) {
	m := &a.Manifest
	if err := checkNames(m.Name, m.Version); err != nil {
		return "", fmt.Errorf("publish: %w", err)
	}
	payload, sure, err := a.seal()
	if err != nil {
		return "", fmt.Errorf("publish model %s: %w", m.Name, err)
	}
	manifest, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return "", fmt.Errorf("publish model %s: encode the manifest: %w", m.Name, err)
	}
	files := map[string][]byte{manifestFile: append(manifest, '\n'), payloadFile: payload}
	if sure != nil {
		files[sureFile] = sure
	}
	for name, data := range extra {
		if _, taken := files[name]; taken || name == sumsFile || name == sureFile || !artifactName.MatchString(name) {
			return "", fmt.Errorf("publish model %s: %q cannot be the name of an extra file; use a plain name that the artifact has not taken",
				m.Name, name)
		}
		files[name] = data
	}
	files[sumsFile] = sums(files)
	dir = filepath.Join(s.Dir, m.Name, m.Version)
	if err := writeDir(dir, files); err != nil {
		return "", fmt.Errorf("publish model %s version %s: %w", m.Name, m.Version, err)
	}
	if err := WriteFile(filepath.Join(s.Dir, m.Name, currentFile), []byte(m.Version+"\n")); err != nil {
		return "", fmt.Errorf("make version %s of model %s current: %w", m.Version, m.Name, err)
	}
	return dir, nil
}

// Seal encodes the predictor and writes what the manifest says of it and of the replicas: format, checksums, feature set hash.
func (a *Artifact) Seal() ([]byte, error) {
	payload, _, err := a.seal()
	return payload, err
}

// seal is Seal with the replicas encoded, nil where there are none.
func (a *Artifact) seal() (payload, sure []byte, err error) {
	if payload, err = a.Predictor.MarshalBinary(); err != nil {
		return nil, nil, fmt.Errorf("encode the predictor: %w", err)
	}
	m := &a.Manifest
	m.Format, m.PayloadFormat, m.PayloadSHA256, m.SetHash = ArtifactFormat, a.Predictor.Format(), checksum(payload), m.Set.Hash()
	m.SureSHA256 = ""
	if a.Sure != nil {
		if sure, err = a.Sure.MarshalBinary(); err != nil {
			return nil, nil, err
		}
		m.SureSHA256 = checksum(sure)
	}
	if err := a.check(); err != nil {
		return nil, nil, err
	}
	return payload, sure, nil
}
