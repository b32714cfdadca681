// Uploads the mini program by miniprogram-ci and leaves what the release ledger wants to know: sizes and source map.
// miniprogram-ci (npm, 2.1 or later) runs on the vendor's own CI host and needs WeChat's network.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import ci from 'miniprogram-ci'

const { appid } = JSON.parse(readFileSync('project.config.json', 'utf8'))
const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
const robot = Number(process.env.ROBOT ?? 1)

mkdirSync('release', { recursive: true })
const project = new ci.Project({
  appid,
  type: 'miniProgram',
  projectPath: process.cwd(),
  privateKeyPath: process.env.WECHAT_UPLOAD_KEY_FILE,
  ignores: ['node_modules/**/*', 'release/**/*'],
})
await ci.packNpm(project)
const result = await ci.upload({
  project,
  version,
  desc: (process.env.CI_COMMIT_SHA ?? '').slice(0, 8),
  robot,
  setting: { es6: true, minify: true, uploadWithSourceMap: true },
  onProgressUpdate: () => {},
})
writeFileSync('release/upload.json', JSON.stringify({ subPackageInfo: result.subPackageInfo }))
await ci.getDevSourceMap({ project, robot, sourceMapSavePath: 'release/sourcemap.zip' })
