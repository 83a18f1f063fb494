// fetch.js <proxy url> <target url> [<CA file>]: fetches through a proxy with Node's own http and tls; prints the body.
const fs = require('fs'), http = require('http'), https = require('https');

const [proxyText, target, caFile] = process.argv.slice(2);
const proxy = new URL(proxyText), url = new URL(target);
const headers = { Host: url.host };
if (proxy.username) {
    const text = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
    headers['Proxy-Authorization'] = 'Basic ' + Buffer.from(text).toString('base64');
}
const to = { host: proxy.hostname, port: proxy.port, headers };

function fail(why) {
    console.error(why);
    process.exit(1);
}

function show(response) {
    if (response.statusCode !== 200) fail(`status ${response.statusCode}`);
    response.pipe(process.stdout);
}

if (url.protocol === 'http:') {
    http.get({ ...to, path: target }, show).on('error', fail);
} else {
    http.request({ ...to, method: 'CONNECT', path: url.host }).on('connect', (answer, socket) => {
        if (answer.statusCode !== 200) fail(`CONNECT ${answer.statusCode}`);
        https.get(target, { socket, agent: false, ca: fs.readFileSync(caFile) }, show).on('error', fail);
    }).on('error', fail).end();
}
