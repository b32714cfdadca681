#!/usr/bin/env node
// Tells the release ledger of a build: makes the manifest, signs it, pushes it, brings the source map. Node 20, one file.
// What is sent and how it is signed: docs/releases.md.
import { execFileSync } from 'node:child_process'
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'

const FORMAT = 'shijian-manifest/1'
const CONTEXT = Buffer.from('shijian-manifest-v1\n')
const API = '/api/vendor/v1'
const CONFIG = 'shijian.release.json'
const EXIT = { ok: 0, usage: 2, local: 3, refused: 4, forbidden: 5, unreachable: 6 }
const TIMEOUT_MS = 60_000
const LONGEST_WAIT_S = 60

const HELP = `市监 版本登记工具（Node 20 以上，单文件，无依赖）

用法：node shijian-release.mjs <命令> [选项]

命令：
  keygen                生成 Ed25519 签名密钥；公钥交给局方系统管理员登记
  push                  生成清单、签名、登记版本、上传源码映射
  step <步骤>           办理一个步骤：upload（上传完成）、submit_audit、gray、full、roll_back、withdraw 等
  status                查看一个版本的状态、可办理的步骤和核对清单
  flags <环境>          下载功能开关（develop、trial、release），flagd 格式

通用选项：
  --url <地址>          服务地址，例如 https://service.example.gov.cn（环境变量 SHIJIAN_URL）
  --project <目录>      小程序项目目录，默认当前目录；读取 package.json、project.config.json、${CONFIG}
  --version <版本>      版本号，默认取 package.json
  --retries <次数>      网络中断或服务繁忙时的重试次数，默认 5
  --json                以 JSON 输出结果
  -h, --help            显示本说明
  令牌只从环境变量 SHIJIAN_TOKEN 或 SHIJIAN_TOKEN_FILE 读取，不接受命令行参数。

push 的选项：
  --key <文件>          签名私钥（PEM）；也可用环境变量 SHIJIAN_SIGNING_KEY（PEM 内容）
  --contract <编号>     合同的内部编号
  --changelog <文件>    更新说明（中文），默认取 CHANGELOG.md 中本版本一节
  --robot <1-30>        miniprogram-ci 的机器人编号，默认 1
  --sizes <文件>        miniprogram-ci 上传结果（JSON，含 subPackageInfo），或 {"名称": 字节数}
  --map <文件>          源码映射；不给则登记为没有
  --git-sha <提交号>    默认取 git rev-parse HEAD
  --built-at <时间>     构建时间，默认现在
  --privacy <版次>      隐私保护指引的版次
  --ticket <编号>       本版本解决的工单，可重复
  --introduce <开关>    本版本引入的功能开关，可重复
  --retire <开关>       本版本不再使用的功能开关，可重复
  --uploaded            登记后同时办理“上传代码”
  --save <文件>         保存已签名的清单，断线后可用 --from 原样重发
  --from <文件>         重发已保存的清单
  --dry-run             只显示清单，不签名、不发送

step 的选项：
  --reason --note --percent --message --target --audit-id --clicked <值>，--no-block（回退时不停用该版本）

keygen 的选项：
  --out <文件>          私钥保存到哪里（权限 600）；公钥和指纹显示在屏幕上

${CONFIG} 可预先给出：url、contract、robot、privacy_version、tickets、flags（introduced、retired）。

退出码：0 成功；2 用法错误；3 本地文件有误；4 服务拒绝（原因见输出，重试无用）；5 令牌无效或无权限；6 网络不通或服务繁忙，可重试
同一份清单重复发送只登记一次，可放心重试。`

class Fault extends Error {
  constructor(exit, text) {
    super(text)
    this.exit = exit
  }
}

const OPTIONS = {
  url: { type: 'string' },
  project: { type: 'string', default: '.' },
  version: { type: 'string' },
  retries: { type: 'string', default: '5' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
  key: { type: 'string' },
  contract: { type: 'string' },
  changelog: { type: 'string' },
  robot: { type: 'string' },
  sizes: { type: 'string' },
  map: { type: 'string' },
  'git-sha': { type: 'string' },
  'built-at': { type: 'string' },
  privacy: { type: 'string' },
  ticket: { type: 'string', multiple: true },
  introduce: { type: 'string', multiple: true },
  retire: { type: 'string', multiple: true },
  uploaded: { type: 'boolean', default: false },
  save: { type: 'string' },
  from: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  reason: { type: 'string' },
  note: { type: 'string' },
  percent: { type: 'string' },
  message: { type: 'string' },
  target: { type: 'string' },
  'audit-id': { type: 'string' },
  clicked: { type: 'string' },
  'no-block': { type: 'boolean', default: false },
  out: { type: 'string' },
}

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')
const rawPublic = (key) => createPublicKey(key).export({ type: 'spki', format: 'der' }).subarray(-32)

function readText(file, what) {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Fault(EXIT.local, `读不到${what}：${file}（${error.code}）`)
  }
}

function readJson(file, what, needed = true) {
  if (!needed && !existsSync(file)) return {}
  try {
    return JSON.parse(readText(file, what))
  } catch (error) {
    if (error instanceof Fault) throw error
    throw new Fault(EXIT.local, `${what}不是有效的 JSON：${file}`)
  }
}

// ---- what the project says of itself

function settingsOf(options) {
  return readJson(path.join(options.project, CONFIG), '配置', false)
}

function versionOf(options) {
  if (options.version) return options.version
  const version = readJson(path.join(options.project, 'package.json'), 'package.json').version
  if (!version) throw new Fault(EXIT.local, 'package.json 没有 version，请用 --version 给出。')
  return version
}

function gitShaOf(options) {
  if (options['git-sha']) return options['git-sha']
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: options.project, stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim()
  } catch {
    throw new Fault(EXIT.local, '取不到 git 提交号，请用 --git-sha 给出。')
  }
}

function changelogOf(options, version) {
  if (options.changelog) return readText(options.changelog, '更新说明').trim()
  const file = path.join(options.project, 'CHANGELOG.md')
  const lines = readText(file, '更新说明').split(/\r?\n/)
  const heading = (line) => /^##\s/.test(line)
  const start = lines.findIndex((line) => heading(line) && line.split(/[\s[\]()]+/).some((word) => word.replace(/^v/, '') === version))
  if (start < 0) throw new Fault(EXIT.local, `CHANGELOG.md 没有 ${version} 一节，请补写，或用 --changelog 给出。`)
  const length = lines.slice(start + 1).findIndex(heading)
  return lines.slice(start + 1, length < 0 ? undefined : start + 1 + length).join('\n').trim()
}

function sizesOf(options) {
  if (!options.sizes) throw new Fault(EXIT.usage, '请用 --sizes 给出各分包的大小（miniprogram-ci 上传结果）。')
  const given = readJson(options.sizes, '分包大小')
  if (!given.subPackageInfo) return given
  return Object.fromEntries(given.subPackageInfo.map((part) => [part.name, part.size]))
}

function whole(text, name) {
  if (text === undefined) return undefined
  if (!/^\d{1,9}$/.test(String(text))) throw new Fault(EXIT.usage, `${name} 应为整数。`)
  return Number(text)
}

function now() {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z')
}

function manifestOf(options) {
  const settings = settingsOf(options)
  const version = versionOf(options)
  const contract = options.contract ?? settings.contract
  if (!contract) throw new Fault(EXIT.usage, '请用 --contract 给出合同编号。')
  const appid = readJson(path.join(options.project, 'project.config.json'), 'project.config.json').appid
  const map = options.map ? readFileOf(options.map) : null
  return {
    format: FORMAT,
    appid,
    contract,
    version,
    git_sha: gitShaOf(options),
    robot: whole(options.robot ?? settings.robot ?? 1, '--robot'),
    built_at: options['built-at'] ?? now(),
    signed_at: now(),
    sizes: sizesOf(options),
    source_map: map && { sha256: sha256(map), size: map.length },
    changelog: changelogOf(options, version),
    flags: {
      introduced: options.introduce ?? settings.flags?.introduced ?? [],
      retired: options.retire ?? settings.flags?.retired ?? [],
    },
    privacy_version: whole(options.privacy ?? settings.privacy_version, '--privacy') ?? null,
    tickets: options.ticket ?? settings.tickets ?? [],
  }
}

function readFileOf(file) {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new Fault(EXIT.local, `读不到源码映射：${file}（${error.code}）`)
  }
}

function signingKey(options) {
  const pem = process.env.SHIJIAN_SIGNING_KEY || (options.key && readText(options.key, '签名私钥'))
  if (!pem) throw new Fault(EXIT.usage, '请用 --key 或环境变量 SHIJIAN_SIGNING_KEY 给出签名私钥。')
  let key
  try {
    key = createPrivateKey(pem)
  } catch {
    throw new Fault(EXIT.local, '签名私钥无法读取，应为 PEM 格式。')
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new Fault(EXIT.local, '签名私钥应为 Ed25519。')
  return key
}

function signed(manifest, key) {
  const text = JSON.stringify(manifest)
  const signature = sign(null, Buffer.concat([CONTEXT, Buffer.from(text)]), key).toString('base64')
  return { manifest: text, signature, key: sha256(rawPublic(key)) }
}

// ---- talking to the service

function connection(options) {
  const base = options.url ?? process.env.SHIJIAN_URL ?? settingsOf(options).url
  if (!base) throw new Fault(EXIT.usage, '请用 --url 或环境变量 SHIJIAN_URL 给出服务地址。')
  const file = process.env.SHIJIAN_TOKEN_FILE
  const token = process.env.SHIJIAN_TOKEN || (file && readText(file, '令牌').trim())
  if (!token) throw new Fault(EXIT.usage, '请用环境变量 SHIJIAN_TOKEN 给出接口令牌。')
  return { base: base.replace(/\/+$/, ''), token, retries: whole(options.retries, '--retries') }
}

function once(link, method, where, { body, file, headers = {} } = {}) {
  const url = new URL(link.base + API + where)
  const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
  const length = file ? statSync(file).size : payload?.length
  const all = {
    Authorization: `Bearer ${link.token}`,
    Accept: 'application/json',
    ...(payload && { 'Content-Type': 'application/json' }),
    ...(file && { 'Content-Type': 'application/octet-stream' }),
    ...(length !== undefined && { 'Content-Length': length }),
    ...headers,
  }
  return new Promise((resolve, reject) => {
    const { request } = url.protocol === 'https:' ? https : http
    const asked = request(url, { method, headers: all, timeout: TIMEOUT_MS }, (answer) => {
      const parts = []
      answer.on('data', (part) => parts.push(part))
      answer.on('error', reject)
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, bytes: Buffer.concat(parts) }))
    })
    asked.on('timeout', () => asked.destroy(new Error('超时')))
    asked.on('error', reject)
    if (file) createReadStream(file).on('error', reject).pipe(asked)
    else asked.end(payload)
  })
}

const passing = (status, code) => status === 429 || status >= 502 || code === 'request_in_progress'

async function ask(link, method, where, more = {}) {
  for (let tried = 0; ; tried += 1) {
    let wait = Math.min(2 ** tried, LONGEST_WAIT_S)
    let trouble
    try {
      const answer = await once(link, method, where, more)
      const data = spelled(answer)
      if (answer.status < 400) return { ...answer, data }
      if (!passing(answer.status, data.code)) throw refusal(answer.status, data)
      trouble = data.detail ?? `HTTP ${answer.status}`
      wait = Math.min(Number(answer.headers['retry-after']) || wait, LONGEST_WAIT_S)
    } catch (error) {
      if (error instanceof Fault) throw error
      trouble = error.message || error.code
    }
    if (tried >= link.retries) throw new Fault(EXIT.unreachable, `服务暂时不可用：${trouble}`)
    console.error(`${trouble}，${wait} 秒后重试（${tried + 1}/${link.retries}）`)
    await pause(wait * 1000)
  }
}

function spelled(answer) {
  if (!/json/.test(answer.headers['content-type'] ?? '')) return {}
  try {
    return JSON.parse(answer.bytes.toString('utf8'))
  } catch {
    return {}
  }
}

function refusal(status, data) {
  const said = Object.entries(data.errors ?? {}).flatMap(([name, told]) => told.map((each) => `\n  ${name}：${each}`))
  const text = `${data.detail ?? `HTTP ${status}`}（${data.code ?? status}，编号 ${data.trace_id ?? '-'}）${said.join('')}`
  return new Fault(status === 401 || status === 403 ? EXIT.forbidden : EXIT.refused, text)
}

async function releaseOf(link, version) {
  const found = await ask(link, 'GET', `/releases?version=${encodeURIComponent(version)}`)
  if (!found.data.items.length) throw new Fault(EXIT.refused, `没有登记版本 ${version}。`)
  return found.data.items[0]
}

async function takeStep(link, release, step, said) {
  // the same step upon the same state is one request, however often it is sent
  const headers = { 'Idempotency-Key': `step-${release.id}-${step}-${release.seq}-${sha256(JSON.stringify(said)).slice(0, 16)}` }
  return ask(link, 'POST', `/releases/${release.id}/steps`, { body: { step, seen: release.seq, ...said }, headers })
}

// ---- commands

function keygen(options) {
  if (!options.out) throw new Fault(EXIT.usage, '请用 --out 给出私钥文件。')
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  try {
    writeFileSync(options.out, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    throw new Fault(EXIT.local, `无法写入 ${options.out}（${error.code}）；已有的密钥不会被覆盖。`)
  }
  const key = publicKey.export({ type: 'spki', format: 'pem' }).trim()
  const fingerprint = sha256(rawPublic(privateKey))
  tell(options, { public_key: key, fingerprint }, `${key}\n指纹 ${fingerprint}\n私钥已保存到 ${options.out}，请妥善保管；把上面的公钥交给局方登记。`)
}

async function push(options) {
  let parcel
  if (options.from) {
    parcel = readJson(options.from, '已签名的清单')
  } else {
    const manifest = manifestOf(options)
    if (options['dry-run']) return console.log(JSON.stringify(manifest, null, 2))
    parcel = signed(manifest, signingKey(options))
    if (options.save) writeFileSync(options.save, JSON.stringify(parcel), { mode: 0o600 })
  }
  const link = connection(options)
  const headers = { 'Idempotency-Key': `push-${sha256(parcel.manifest + parcel.signature)}` }
  const { data } = await ask(link, 'POST', '/releases', { body: parcel, headers })
  const said = [`版本 ${data.release.version} ${data.created ? '已登记' : '早已登记，内容相同'}（${data.release.state_label}）`]
  for (const warning of data.warnings) said.push(`注意：${warning}`)
  if (data.source_map_needed) {
    if (options.map) {
      await ask(link, 'PUT', `/releases/${data.release.id}/source-map`, { file: options.map })
      said.push('源码映射已上传。')
    } else said.push('注意：清单声明了源码映射，尚未上传，请用 --map 给出。')
  }
  if (options.uploaded) {
    const release = await releaseOf(link, data.release.version)
    if (release.state === 'registered') {
      const done = await takeStep(link, release, 'upload', { note: `机器人 ${release.robot}` })
      data.release = done.data.release
      said.push(`上传代码：${done.data.release.state_label}`)
    }
  }
  tell(options, data, said.join('\n'))
}

async function step(options, name) {
  if (!name) throw new Fault(EXIT.usage, '请给出步骤，例如 step upload。')
  const link = connection(options)
  const release = await releaseOf(link, versionOf(options))
  const said = {
    reason: options.reason,
    note: options.note,
    percent: whole(options.percent, '--percent'),
    message: options.message,
    target: options.target,
    audit_id: options['audit-id'],
    clicked: options.clicked,
    ...(options['no-block'] && { block: false }),
  }
  const given = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
  const { data } = await takeStep(link, release, name, given)
  tell(options, data, `版本 ${data.release.version}：${data.release.state_label}`)
}

async function status(options) {
  const link = connection(options)
  const release = await releaseOf(link, versionOf(options))
  const { data } = await ask(link, 'GET', `/releases/${release.id}`)
  const said = [`版本 ${release.version}：${release.state_label}`]
  for (const offer of data.offers) said.push(`  ${offer.allowed ? '可办理' : '未到'} ${offer.label}${offer.blockers.length ? `（${offer.blockers.join(' ')}）` : ''}`)
  for (const check of data.checklist) said.push(`  [${check.state}] ${check.label}：${check.detail}`)
  tell(options, data, said.join('\n'))
}

async function flags(options, environment) {
  if (!environment) throw new Fault(EXIT.usage, '请给出环境：develop、trial 或 release。')
  const link = connection(options)
  const tagged = options.out && existsSync(`${options.out}.etag`) && existsSync(options.out)
  const headers = tagged ? { 'If-None-Match': readText(`${options.out}.etag`, 'ETag').trim() } : {}
  const answer = await ask(link, 'GET', `/flags/${encodeURIComponent(environment)}`, { headers })
  if (answer.status === 304) return console.log('功能开关没有变化。')
  if (!options.out) return console.log(JSON.stringify(answer.data, null, 2))
  writeFileSync(options.out, answer.bytes)
  writeFileSync(`${options.out}.etag`, answer.headers.etag ?? '')
  console.log(`功能开关已保存到 ${options.out}。`)
}

function tell(options, data, text) {
  console.log(options.json ? JSON.stringify(data) : text)
}

const COMMANDS = { keygen, push, step, status, flags }

async function main() {
  let parsed
  try {
    parsed = parseArgs({ options: OPTIONS, allowPositionals: true })
  } catch (error) {
    throw new Fault(EXIT.usage, `参数有误：${error.message}\n用 --help 查看说明。`)
  }
  const { values, positionals } = parsed
  const [name, ...rest] = positionals
  if (values.help || !name) {
    console.log(HELP)
    process.exitCode = values.help ? EXIT.ok : EXIT.usage
    return
  }
  if (!Object.hasOwn(COMMANDS, name)) throw new Fault(EXIT.usage, `没有命令 ${name}，用 --help 查看说明。`)
  await COMMANDS[name](values, ...rest)
}

main().catch((error) => {
  console.error(error instanceof Fault ? error.message : error.stack)
  process.exitCode = error instanceof Fault ? error.exit : 1
})
