package simulator_test

import (
	"fmt"
	"net/http/httptest"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

func Example() {
	wallet, _ := testdata.Files.ReadFile("keys/wallet_private.pem")
	client, _ := testdata.Files.ReadFile("keys/client_public.pem")
	server := httptest.NewUnstartedServer(nil)
	defer server.Close()
	provider, err := simulator.New(simulator.Config{
		PublicURL: "http://" + server.Listener.Addr().String(), Profile: "superqi", ClientID: "TEST_1",
		ClientKeys: map[int]string{1: string(client)}, Key: signing.NewSecret(string(wallet)),
	})
	if err != nil {
		panic(err)
	}
	server.Config.Handler = provider
	server.Start()

	provider.Inject(simulator.Rule{Fault: simulator.CutAfter, Endpoint: "pay", Times: 1}) // the next answer to pay is lost
	fmt.Println(len(provider.Rules()), len(provider.AuthCode("ann")))
	fmt.Println(simulator.Profiles())
	// Output:
	// 1 32
	// [alipayplus ams gcash generic-v1 generic-v2 rebell superqi tng vodapay]
}
