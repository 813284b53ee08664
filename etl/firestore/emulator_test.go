package firestore_test

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	client "cloud.google.com/go/firestore"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// emulator is Google's Firestore emulator, one for all tests of this binary.
var emulator struct {
	once    sync.Once
	address string
	missing string
	process *os.Process
}

func TestMain(m *testing.M) {
	code := m.Run()
	if emulator.process != nil {
		_ = emulator.process.Kill()
	}
	os.Exit(code)
}

// places are where the emulator's jar lies when its package is installed.
var places = []string{
	"/usr/lib/google-cloud-sdk/platform/cloud-firestore-emulator/cloud-firestore-emulator.jar",
	"/usr/share/google-cloud-sdk/platform/cloud-firestore-emulator/cloud-firestore-emulator.jar",
}

func findJar() string {
	all := []string{os.Getenv("FIRESTORE_EMULATOR_JAR")}
	if list, err := exec.Command("dpkg", "-L", "google-cloud-cli-firestore-emulator").Output(); err == nil {
		for _, line := range strings.Fields(string(list)) {
			if strings.HasSuffix(line, ".jar") {
				all = append(all, line)
			}
		}
	}
	for _, p := range append(all, places...) {
		if info, err := os.Stat(p); p != "" && err == nil && !info.IsDir() {
			return p
		}
	}
	return ""
}

func startEmulator() error {
	java, err := exec.LookPath("java")
	jar := findJar()
	if err != nil || jar == "" {
		emulator.missing = "Google's Firestore emulator needs java and the package google-cloud-cli-firestore-emulator, " +
			"or its jar named by FIRESTORE_EMULATOR_JAR"
		return nil
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		return err
	}
	_, port, _ := net.SplitHostPort(address)
	cmd := exec.Command(java, "-Xmx1g", "-cp", jar, "com.google.cloud.datastore.emulator.firestore.CloudFirestore", "start",
		"--host=127.0.0.1", "--port="+port)
	if err := cmd.Start(); err != nil {
		return err
	}
	emulator.process, emulator.address = cmd.Process, address
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	deadline := time.After(time.Minute)
	for {
		if answer, err := http.Get("http://" + address + "/"); err == nil {
			return answer.Body.Close()
		}
		select {
		case err := <-ended:
			return fmt.Errorf("the Firestore emulator ended before it was ready: %w", err)
		case <-deadline:
			return fmt.Errorf("the Firestore emulator was not ready within a minute")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// database is a Firestore database of its own for a test: the emulator keeps projects apart.
type database struct {
	project string
	client  *client.Client
	options []option.ClientOption
}

func newDatabase(t *testing.T) *database {
	t.Helper()
	var err error
	emulator.once.Do(func() { err = startEmulator() })
	if err != nil {
		t.Fatalf("start the Firestore emulator: %v", err)
	}
	if emulator.missing != "" {
		t.Skip(emulator.missing)
	}
	name := strings.ToLower(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, t.Name()))
	d := &database{project: "calback-" + name, options: emulatorOptions()}
	d.client, err = client.NewClient(t.Context(), d.project, d.options...)
	if err != nil {
		t.Fatalf("open Firestore: %v", err)
	}
	t.Cleanup(func() { _ = d.client.Close() })
	return d
}

// owner lets the emulator pass over its security rules.
type owner struct{}

func (owner) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer owner"}, nil
}
func (owner) RequireTransportSecurity() bool { return false }

func emulatorOptions(more ...grpc.DialOption) []option.ClientOption {
	dial := append([]grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithPerRPCCredentials(owner{}),
	}, more...)
	options := []option.ClientOption{option.WithEndpoint(emulator.address), option.WithoutAuthentication()}
	for _, o := range dial {
		options = append(options, option.WithGRPCDialOption(o))
	}
	return options
}

// put writes documents, by their paths under the database, up to 500 in one commit: those have one create time.
func (d *database) put(t *testing.T, docs map[string]map[string]any) {
	t.Helper()
	for paths := range slices.Chunk(slices.Sorted(maps.Keys(docs)), 500) {
		err := d.client.RunTransaction(t.Context(), func(_ context.Context, tx *client.Transaction) error {
			for _, p := range paths {
				if err := tx.Set(d.client.Doc(p), docs[p]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatalf("write documents: %v", err)
		}
	}
}

func (d *database) remove(t *testing.T, path string) {
	t.Helper()
	if _, err := d.client.Doc(path).Delete(t.Context()); err != nil {
		t.Fatalf("delete a document: %v", err)
	}
}
