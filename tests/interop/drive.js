// One step of node's ssh2-sftp-client, as drive.py: node drive.js PORT STEP NAME [NAME]
const Client = require("ssh2-sftp-client");
const [port, step, one, other] = process.argv.slice(2);
const steps = {
  upload: (client) => client.put(one, other),
  download: (client) => client.get(one, other),
  rename: (client) => client.rename(one, other),
  delete: (client) => client.delete(one),
};

(async () => {
  const client = new Client();
  await client.connect({ host: "127.0.0.1", port: Number(port), username: "acme", password: "road-runner" });
  await steps[step](client);
  await client.end();
})().catch((error) => {
  console.log(`${error.name}: ${error.message}`);
  process.exit(1);
});
